import {
  useEffect,
  useMemo,
  useState,
  type ClipboardEvent,
  type DragEvent,
  type ReactNode,
} from 'react';
import { useTranslation } from 'react-i18next';
import { later } from '@/components/later';
import { arrivedWith } from '@/components/navigation';
import { Icon } from '@/components/ui/Icon';
import { takeSharedFiles } from '@/lib/shared';
import type { Chat } from '@/model/chats/types';
import { drawsLinks } from '../contact';
import { AttachContext } from './attachContext';

const AttachSheet = later(() => import('./AttachSheet').then((file) => file.AttachSheet));

const hasFiles = ({ dataTransfer }: DragEvent) => dataTransfer.types.includes('Files');

/** Whether a chat was chosen for what another app shares. */
interface Arrival {
  shared?: boolean;
}

/** A chat that takes files: chosen, dropped on it, or pasted. */
export function AttachArea({ chat, children }: { chat: Chat; children: ReactNode }) {
  const { t } = useTranslation();
  const [picked, setPicked] = useState<File[]>([]);
  const [dragging, setDragging] = useState(false);
  const may = drawsLinks(chat) && !chat.blocked;
  const attaching = useMemo(
    () => (may ? { pick: (files: File[]) => setPicked((before) => [...before, ...files]) } : null),
    [may],
  );
  useEffect(() => {
    if (!attaching || (arrivedWith() as Arrival | null)?.shared !== true) return;
    void takeSharedFiles().then((files) => files.length > 0 && attaching.pick(files));
  }, [attaching]);
  const over = (event: DragEvent) => {
    if (!attaching || !hasFiles(event)) return;
    // Otherwise the browser opens the file in the place of the app.
    event.preventDefault();
    setDragging(true);
  };
  const paste = (event: ClipboardEvent) => {
    const { files } = event.clipboardData;
    // Programs that copy text put a picture of it beside it.
    const hasText = event.clipboardData.getData('text/plain') !== '';
    if (!attaching || files.length === 0 || hasText) return;
    event.preventDefault();
    attaching.pick([...files]);
  };
  return (
    <AttachContext value={attaching}>
      {/* The button in the composer does the same by keyboard. */}
      {/* eslint-disable-next-line jsx-a11y/no-static-element-interactions -- see above */}
      <div
        className="attach-area"
        onDragEnter={over}
        onDragOver={over}
        onDragLeave={(event) => {
          const inside = event.currentTarget.contains(event.relatedTarget as Node | null);
          if (!inside) setDragging(false);
        }}
        onDrop={(event) => {
          if (!attaching || !hasFiles(event)) return;
          event.preventDefault();
          setDragging(false);
          attaching.pick([...event.dataTransfer.files]);
        }}
        onPaste={paste}
      >
        {children}
        {dragging && (
          <div className="drop-zone" role="status">
            <Icon name="attach" size={40} />
            {t('attach.drop')}
          </div>
        )}
      </div>
      {picked.length > 0 && (
        <AttachSheet chat={chat} picked={picked} onClose={() => setPicked([])} />
      )}
    </AttachContext>
  );
}
