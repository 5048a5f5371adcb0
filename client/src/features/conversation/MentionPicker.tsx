import { useId, useMemo, useState, type KeyboardEvent, type RefObject } from 'react';
import { useTranslation } from 'react-i18next';
import type { User } from '@/api/types';
import { Avatar } from '@/components/ui/Avatar';
import { Name } from '@/components/ui/Name';
import { matches } from '@/lib/fold';
import { nameOf } from '@/lib/names';
import { useAppSelector } from '@/store/hooks';
import { selectMembers } from '@/store/selectors';
import { replaceIn } from './replaceIn';

/** Who types on finds the others. */
const SHOWN = 20;
/** What is typed behind an `@` that begins a word, up to the caret. */
const BEGUN = /(?<![\p{L}\p{N}_.@])@([\p{L}\p{M}\p{N}_.]{0,32})$/u;

interface Sources {
  conversationId: string;
  field: RefObject<HTMLTextAreaElement | null>;
  text: string;
  write: (text: string) => void;
}

interface Begun {
  from: number;
  query: string;
}

function begunAt(text: string, caret: number): Begun | null {
  const found = BEGUN.exec(text.slice(0, caret));
  return found ? { from: found.index, query: found[1] ?? '' } : null;
}

/** Offers the members of a group to whoever types an `@`; of a direct chat it offers nobody. */
export function useMentionPicker({ conversationId, field, text, write }: Sources) {
  const members = useAppSelector((state) => selectMembers(state, conversationId));
  const [caret, setCaret] = useState(0);
  const [marked, setMarked] = useState(0);
  /** Where the `@` stands whose picker was closed. */
  const [closedAt, setClosedAt] = useState<number | null>(null);
  const listId = useId();
  const begun = members.length > 0 ? begunAt(text, caret) : null;
  const query = begun?.query;
  const found = useMemo(
    () =>
      query === undefined
        ? []
        : members
            .filter((user) => matches(`${nameOf(user)} ${user.handle}`, query))
            .slice(0, SHOWN),
    [members, query],
  );
  const open = begun !== null && begun.from !== closedAt && found.length > 0;
  const at = Math.min(marked, found.length - 1);
  const optionId = (user: User | undefined) => (user ? `${listId}-${user.id}` : undefined);

  const choose = (user: User | undefined) => {
    if (!user || !begun) return;
    replaceIn(field.current, [begun.from, caret], `@${user.handle} `, write);
    setMarked(0);
  };

  const noteCaret = () => {
    const { value = '', selectionStart = 0, selectionEnd = 0 } = field.current ?? {};
    // With text marked, what is typed next takes its place.
    const next = selectionStart === selectionEnd ? selectionStart : 0;
    setCaret(next);
    if (!begunAt(value, next)) setClosedAt(null);
  };

  /** Whether the key was the picker's. */
  const takesKey = (event: KeyboardEvent): boolean => {
    if (!open) return false;
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step !== undefined) setMarked((at + step + found.length) % found.length);
    else if (event.key === 'Enter' || event.key === 'Tab') choose(found[at]);
    else if (event.key === 'Escape') setClosedAt(begun.from);
    else return false;
    event.preventDefault();
    return true;
  };

  return {
    takesKey,
    fieldProps: {
      'aria-autocomplete': 'list' as const,
      'aria-controls': open ? listId : undefined,
      'aria-activedescendant': open ? optionId(found[at]) : undefined,
      onSelect: noteCaret,
      // Some ways of writing select nothing.
      onInput: noteCaret,
    },
    list: open ? (
      <MentionList
        id={listId}
        users={found}
        marked={found[at]}
        optionId={optionId}
        onChoose={choose}
      />
    ) : null,
  };
}

interface ListProps {
  id: string;
  users: User[];
  marked: User | undefined;
  optionId: (user: User) => string | undefined;
  onChoose: (user: User) => void;
}

function MentionList({ id, users, marked, optionId, onChoose }: ListProps) {
  const { t } = useTranslation();
  return (
    <div id={id} className="mention-list" role="listbox" aria-label={t('mention.whom')}>
      {users.map((user) => (
        // The field keeps the focus, and its keys choose here.
        // eslint-disable-next-line jsx-a11y/click-events-have-key-events -- see above
        <div
          key={user.id}
          id={optionId(user)}
          ref={(element) => {
            if (user === marked) element?.scrollIntoView({ block: 'nearest' });
          }}
          role="option"
          aria-selected={user === marked}
          tabIndex={-1}
          className="person-row mention-option"
          data-testid="mention-option"
          data-handle={user.handle}
          onPointerDown={(event) => event.preventDefault()}
          onClick={() => onChoose(user)}
        >
          <Avatar id={user.id} name={nameOf(user)} picture={user.picture_id} size="run" />
          <span className="person-names">
            <span className="person-name">
              <Name name={nameOf(user)} />
            </span>
            <span className="person-handle">
              <bdi>@{user.handle}</bdi>
            </span>
          </span>
        </div>
      ))}
    </div>
  );
}
