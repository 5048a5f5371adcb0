import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Message } from '@/api/types';
import { later } from '@/components/later';
import { Blur } from '@/components/media/Blur';
import { shownOf } from '@/components/media/shown';
import { useSource } from '@/components/media/useSource';
import type { Seen } from '@/components/media/viewer/Viewer';
import { Icon } from '@/components/ui/Icon';
import { dayLabel } from '@/lib/time';

const Viewer = later(() => import('@/components/media/viewer/Viewer').then((file) => file.Viewer));

interface Props {
  months: [string, Message[]][];
  onShow: (messageId: string) => void;
}

const seenOf = (message: Message): Seen => ({
  key: message.id,
  senderId: message.sender_id,
  text: message.text,
  mentions: message.mentions,
  createdAt: message.created_at,
  attachment: shownOf(message),
});

/** Pictures and videos, each as a square. */
export function Grid({ months, onShow }: Props) {
  const [open, setOpen] = useState<string | null>(null);
  const all = months.flatMap(([, messages]) => messages);
  return (
    <>
      {months.map(([month, messages]) => (
        <section key={month} className="media-month" aria-label={month}>
          <h2>{month}</h2>
          <ul className="media-grid">
            {messages.map((message) => (
              <Square key={message.id} message={message} onOpen={() => setOpen(message.id)} />
            ))}
          </ul>
        </section>
      ))}
      {open !== null && (
        <Viewer
          // As in the chat: the oldest first.
          pictures={all.map(seenOf).reverse()}
          first={open}
          onShow={onShow}
          onClose={() => setOpen(null)}
        />
      )}
    </>
  );
}

function Square({ message, onOpen }: { message: Message; onOpen: () => void }) {
  const { t } = useTranslation();
  const { attachment } = message;
  const picture = attachment?.kind === 'picture';
  const { url, onError } = useSource(picture ? attachment.id : null, 'small');
  const [loaded, setLoaded] = useState(false);
  const day = dayLabel(message.created_at);
  return (
    <li>
      <button
        type="button"
        className="media-square"
        aria-label={t(picture ? 'allMedia.openPicture' : 'allMedia.openVideo', { day })}
        onClick={onOpen}
      >
        <Blur hash={attachment?.blurhash ?? null} />
        {url !== null && (
          <img
            className={loaded ? 'media-image media-image-there' : 'media-image'}
            src={url}
            alt=""
            draggable={false}
            onLoad={() => setLoaded(true)}
            onError={onError}
          />
        )}
        {!picture && <Icon name="play" size={32} />}
      </button>
    </li>
  );
}
