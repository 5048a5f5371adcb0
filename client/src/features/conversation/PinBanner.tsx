import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Icon } from '@/components/ui/Icon';
import type { Chat } from '@/model/chats/types';
import { useAppSelector } from '@/store/hooks';
import { selectPeople } from '@/store/selectors';
import { nameOf } from '@/lib/names';
import { selectSelfId } from '@/model/session';
import { quoteOf } from './timeline';
import { quoteText } from './QuoteBlock';
import { usePins } from './usePins';

interface Props {
  chat: Chat;
  jump: (messageId: string) => void;
}

/** The pinned messages, one at a time: choosing it goes there and brings the next one. */
export function PinBanner({ chat, jump }: Props) {
  const { t } = useTranslation();
  const people = useAppSelector(selectPeople);
  const selfId = useAppSelector(selectSelfId);
  const pins = usePins(chat);
  const [turn, setTurn] = useState(0);
  const at = pins.length === 0 ? 0 : turn % pins.length;
  const pin = pins[at];
  if (!pin) return null;
  const quote = quoteOf(chat, pin.message_id);
  const sender =
    quote.senderId === null
      ? t('pin.message')
      : quote.senderId === selfId
        ? t('common.you')
        : nameOf(people[quote.senderId]);
  return (
    <button
      type="button"
      className="pin-banner"
      data-testid="pin-banner"
      onClick={() => {
        jump(pin.message_id);
        setTurn(at + 1);
      }}
    >
      {pins.length > 1 && (
        <span className="pin-turns" aria-hidden="true">
          {pins.map(({ message_id }, index) => (
            <span
              key={message_id}
              className={index === at ? 'pin-turn pin-turn-now' : 'pin-turn'}
            />
          ))}
        </span>
      )}
      <Icon name="pin" size={20} />
      <span className="pin-words">
        <span className="visually-hidden">{t('pin.which', { at: at + 1, all: pins.length })}</span>
        <bdi className="pin-sender">{sender}</bdi>
        <span className="pin-text" dir="auto">
          {quote.carried && <Icon name={quote.carried.kind} size={16} />}
          {quoteText(quote, people, t)}
        </span>
      </span>
    </button>
  );
}
