import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Message } from '@/api/types';
import { About } from '@/components/media/FileTile';
import { saveFile } from '@/components/media/links';
import { extensionOf } from '@/components/media/words';
import { Icon } from '@/components/ui/Icon';
import { IconButton } from '@/components/ui/IconButton';
import { nameOf } from '@/lib/names';
import { rowTime } from '@/lib/time';
import { selectSelfId } from '@/model/session';
import { useAppDispatch, useAppSelector } from '@/store/hooks';
import { selectPeople } from '@/store/selectors';

interface Props {
  months: [string, Message[]][];
  onShow: (messageId: string) => void;
}

/** Files and sounds by their names; each is saved, or found in its chat. */
export function Documents({ months, onShow }: Props) {
  return months.map(([month, messages]) => (
    <section key={month} className="media-month" aria-label={month}>
      <h2>{month}</h2>
      <ul>
        {messages.map((message) => (
          <Document key={message.id} message={message} onShow={() => onShow(message.id)} />
        ))}
      </ul>
    </section>
  ));
}

function Document({ message, onShow }: { message: Message; onShow: () => void }) {
  const { t } = useTranslation();
  const dispatch = useAppDispatch();
  const people = useAppSelector(selectPeople);
  const selfId = useAppSelector(selectSelfId);
  const [failed, setFailed] = useState(false);
  const { attachment, sender_id: senderId } = message;
  if (!attachment) return null;
  const sender = senderId === selfId ? t('common.you') : nameOf(people[senderId]);
  return (
    <li className="media-document" data-testid="document">
      <button type="button" className="person-row" title={t('allMedia.show')} onClick={onShow}>
        <span className="media-document-icon">
          <Icon name={attachment.kind} size={22} />
        </span>
        <span className="person-names">
          <bdi className="media-document-name">{attachment.name}</bdi>
          <span className="media-document-about">
            <About kind={extensionOf(attachment.name)} size={attachment.size} /> ·{' '}
            <bdi>{sender}</bdi> ·{' '}
            <time dateTime={message.created_at}>{rowTime(message.created_at)}</time>
          </span>
          {failed && <span role="alert">{t('media.notSaved')}</span>}
        </span>
      </button>
      <IconButton
        icon="save"
        label={t('media.saveFile', { name: attachment.name })}
        onClick={() => {
          setFailed(false);
          void dispatch(saveFile(attachment)).then((saved) => setFailed(!saved));
        }}
      />
    </li>
  );
}
