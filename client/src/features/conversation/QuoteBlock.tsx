import type { TFunction } from 'i18next';
import { useTranslation } from 'react-i18next';
import type { User } from '@/api/types';
import { Icon } from '@/components/ui/Icon';
import { lineOf } from '@/lib/attachments';
import { colourOf } from '@/lib/identity';
import { spokenText } from '@/lib/messageText';
import { nameOf } from '@/lib/names';
import { selectSelfId } from '@/model/session';
import { useAppSelector } from '@/store/hooks';
import { selectPeople } from '@/store/selectors';
import type { Quote } from './timeline';

/** What is to be said of a message that is quoted. */
export function quoteText(quote: Quote, people: Record<string, User>, t: TFunction): string {
  return {
    shown: lineOf(spokenText(quote, people), quote.carried),
    deleted: t('message.quoteDeleted'),
    unknown: t('message.quoteUnknown'),
    gone: t('message.quoteGone'),
  }[quote.state];
}

/**
 * Who wrote the message that is answered, and what: always two lines, so that nothing moves when the
 * message is loaded later.
 */
export function QuoteBlock({ quote }: { quote: Quote }) {
  const { t } = useTranslation();
  const people = useAppSelector(selectPeople);
  const selfId = useAppSelector(selectSelfId);
  const { senderId, state } = quote;
  const name =
    senderId === null
      ? t('message.quoteEarlier')
      : senderId === selfId
        ? t('common.you')
        : nameOf(people[senderId]);
  const hue = senderId === null ? '' : ` person-${colourOf(senderId)}`;
  return (
    <span className={`quote${hue}`}>
      <span className="quote-name">
        <bdi>{name}</bdi>
      </span>
      <span className={state === 'shown' ? 'quote-text' : 'quote-text quote-note'} dir="auto">
        {quote.carried && <Icon name={quote.carried.kind} size={16} />}
        {quoteText(quote, people, t)}
      </span>
    </span>
  );
}
