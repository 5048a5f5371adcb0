/** What a message carries, in a word: for rows, quotes and everybody who does not see it. */
import type { Attachment } from '@/api/types';
import { t } from '@/i18n/i18n';
import { isolated } from './names';

/** What is known of a file before the server has it, too. */
export type Carried = Pick<Attachment, 'kind' | 'name'>;

/** “Photo”; a file by its name. */
export function attachmentWord({ kind, name }: Carried): string {
  return kind === 'file' ? isolated(name) : t(`media.${kind}`);
}

/** What a message says in one line: its text, else what it carries. */
export const lineOf = (text: string, carried: Carried | null): string =>
  text === '' && carried ? attachmentWord(carried) : text;
