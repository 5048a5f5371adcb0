import { useEffect, useId, useRef, useState, type SyntheticEvent } from 'react';
import { useTranslation } from 'react-i18next';
import { useClientConfigQuery } from '@/api/auth';
import { About } from '@/components/media/FileTile';
import { extensionOf, sizeInWords } from '@/components/media/words';
import { Alert } from '@/components/ui/Alert';
import { Icon, type IconName } from '@/components/ui/Icon';
import { IconButton } from '@/components/ui/IconButton';
import { fieldDirection } from '@/lib/direction';
import { isComposing } from '@/lib/keyboard';
import { DESKTOP_INPUT, useMediaQuery } from '@/components/useMediaQuery';
import { sendFiles, WAITING_MAX, type Ready } from '@/delivery/queueFiles';
import type { Chat } from '@/model/chats/types';
import { draftEdited } from '@/model/drafts';
import { useAppDispatch, useAppSelector } from '@/store/hooks';
import { selectOutbox } from '@/store/selectors';
import { DEFAULT_LIMITS, prepare, type Limits, type Unfit } from './prepare';
import './attach.css';

/** The contract's limit until the server has told its own. */
const CAPTION_MAX_CHARS = 4_096;

interface Item {
  file: File;
  /** Where the page shows it from. */
  url: string;
  /** Null while it is looked into. */
  state: Ready | Unfit | null;
  caption: string;
}

interface Props {
  chat: Chat;
  /** Those that were chosen so far, the last ones at the end. */
  picked: File[];
  onClose: () => void;
}

const isReady = (state: Item['state']): state is Ready =>
  typeof state === 'object' && state !== null;

const isUnfit = (state: Item['state']): state is Unfit => typeof state === 'string';

function iconOf({ state }: Item): IconName {
  return isReady(state) ? state.about.kind : 'file';
}

/** Files before they are sent: looked at, with a caption for each, in their order. */
export function AttachSheet({ chat, picked, onClose }: Props) {
  const { t } = useTranslation();
  const dispatch = useAppDispatch();
  const { data: config } = useClientConfigQuery();
  const limits = config?.limits ?? DEFAULT_LIMITS;
  const draft = useAppSelector((state) => state.drafts[chat.id]);
  const waiting = useAppSelector(selectOutbox).filter(({ file }) => file).length;
  const desktop = useMediaQuery(DESKTOP_INPUT);
  const { items, change, remove } = useItems(picked, limits, draft?.text ?? '');
  const [chosen, setChosen] = useState(0);
  const dialog = useRef<HTMLDialogElement>(null);
  const more = useRef<HTMLInputElement>(null);
  const titleId = useId();
  const at = Math.min(chosen, items.length - 1);
  const item = items[at];
  const ready = items.filter(({ state }) => isReady(state));
  const looking = items.some(({ state }) => state === null);
  const over = waiting + ready.length - WAITING_MAX;

  useEffect(() => {
    dialog.current?.showModal();
  }, []);

  const write = (text: string) => {
    const rest = { conversationId: chat.id, ...draft, text };
    dispatch(draftEdited({ ...rest, editedAt: Date.now() }));
  };
  /** What was typed here stays in the composer. */
  const leave = () => {
    const captions = items.map(({ caption }) => caption.trimEnd()).filter((text) => text !== '');
    write(captions.join('\n'));
    onClose();
  };
  const send = (event: SyntheticEvent) => {
    event.preventDefault();
    if (looking || ready.length === 0 || over > 0) return;
    const files = ready.flatMap(({ state, caption }) =>
      isReady(state) ? [{ ready: state, caption }] : [],
    );
    const replyTo = draft?.replyTo;
    write('');
    void dispatch(sendFiles(chat.id, files, replyTo));
    onClose();
  };

  return (
    // The button that adds more does what dropping and pasting do, by keyboard.
    // eslint-disable-next-line jsx-a11y/no-noninteractive-element-interactions -- see above
    <dialog
      ref={dialog}
      className="dialog attach-sheet"
      aria-labelledby={titleId}
      onCancel={(event) => {
        event.preventDefault();
        leave();
      }}
      onPaste={({ clipboardData }) => change.add([...clipboardData.files])}
      onDragOver={(event) => event.preventDefault()}
      onDrop={(event) => {
        event.preventDefault();
        change.add([...event.dataTransfer.files]);
      }}
    >
      <header className="attach-header">
        <IconButton icon="close" label={t('common.cancel')} onClick={leave} />
        <h2 id={titleId}>{t('attach.count', { count: items.length })}</h2>
      </header>
      {item && <Stage item={item} limits={limits} />}
      {over > 0 && <Alert error={t('attach.tooMany', { max: WAITING_MAX })} />}
      <ul className="attach-strip" aria-label={t('attach.chosen')}>
        {items.map((one, index) => (
          <li key={one.url} className="attach-thumb">
            <button
              type="button"
              className={isUnfit(one.state) ? 'attach-pick attach-pick-unfit' : 'attach-pick'}
              aria-pressed={index === at}
              aria-label={one.file.name}
              onClick={() => setChosen(index)}
            >
              {isReady(one.state) && one.state.about.kind === 'picture' ? (
                <img src={one.url} alt="" />
              ) : (
                <Icon name={iconOf(one)} />
              )}
            </button>
            <button
              type="button"
              className="attach-remove"
              aria-label={t('attach.remove', { name: one.file.name })}
              onClick={() => (items.length === 1 ? leave() : remove(index))}
            >
              <Icon name="close" size={14} />
            </button>
          </li>
        ))}
        <li>
          <button
            type="button"
            className="attach-more"
            aria-label={t('attach.more')}
            title={t('attach.more')}
            onClick={() => more.current?.click()}
          >
            <Icon name="plus" />
          </button>
          <input
            ref={more}
            type="file"
            hidden
            multiple
            tabIndex={-1}
            aria-label={t('attach.more')}
            onChange={({ currentTarget }) => {
              change.add([...(currentTarget.files ?? [])]);
              currentTarget.value = '';
            }}
          />
        </li>
      </ul>
      <form className="attach-caption" onSubmit={send}>
        <textarea
          rows={1}
          dir={fieldDirection(item?.caption ?? '')}
          aria-label={t('attach.caption')}
          placeholder={t('attach.caption')}
          maxLength={config?.limits.message_max_chars ?? CAPTION_MAX_CHARS}
          value={item?.caption ?? ''}
          onChange={(event) => change.caption(at, event.target.value)}
          onKeyDown={(event) => {
            if (isComposing(event.nativeEvent)) return;
            if (desktop && event.key === 'Enter' && !event.shiftKey) send(event);
          }}
        />
        <IconButton
          icon="send"
          type="submit"
          label={t('attach.send', { count: ready.length })}
          className="composer-send flip-in-rtl"
          disabled={looking || ready.length === 0 || over > 0}
        />
      </form>
    </dialog>
  );
}

/** The file that is chosen, as large as there is room. */
function Stage({ item, limits }: { item: Item; limits: Limits }) {
  const { t } = useTranslation();
  const { file, url, state } = item;
  // Most files are looked into before anybody could see that.
  if (state === null) return <div className="attach-stage" />;
  const kind = isReady(state) ? state.about.kind : 'file';
  return (
    <div className="attach-stage">
      {kind === 'picture' && <img src={url} alt={file.name} />}
      {kind === 'video' && (
        // What somebody is about to send has no subtitles.
        // eslint-disable-next-line jsx-a11y/media-has-caption -- see above
        <video src={url} controls playsInline aria-label={file.name} />
      )}
      {kind !== 'picture' && kind !== 'video' && (
        <div className="attach-file">
          <Icon name={iconOf(item)} size={56} />
          <bdi className="attach-name">{file.name}</bdi>
          <span>
            <About kind={extensionOf(file.name)} size={file.size} />
          </span>
        </div>
      )}
      {isUnfit(state) && (
        <Alert error={t(`attach.${state}`, { size: sizeInWords(limits.upload_max_bytes) })} />
      )}
    </div>
  );
}

/** The chosen files with what is known of them. */
function useItems(picked: File[], limits: Limits, draft: string) {
  const [items, setItems] = useState<Item[]>([]);
  const taken = useRef(0);
  const known = useRef(limits);
  useEffect(() => {
    known.current = limits;
  }, [limits]);

  const add = (files: File[], first: string) => {
    const fresh = files.map((file, index): Item => {
      const url = URL.createObjectURL(file);
      return { file, url, state: null, caption: index === 0 ? first : '' };
    });
    setItems((before) => [...before, ...fresh]);
    for (const { file, url } of fresh) {
      void prepare(file, known.current)
        .catch((): Unfit => 'unreadable')
        .then((state) =>
          setItems((before) => before.map((one) => (one.url === url ? { ...one, state } : one))),
        );
    }
  };
  useEffect(() => {
    const fresh = picked.slice(taken.current);
    // What the composer holds is the first one's caption.
    if (fresh.length > 0) add(fresh, taken.current === 0 ? draft : '');
    taken.current = picked.length;
    // eslint-disable-next-line react-hooks/exhaustive-deps -- the draft counts when they are chosen
  }, [picked]);
  const urls = useRef<string[]>([]);
  useEffect(() => {
    urls.current = items.map(({ url }) => url);
  }, [items]);
  useEffect(() => () => urls.current.forEach((url) => URL.revokeObjectURL(url)), []);

  return {
    items,
    change: {
      add: (files: File[]) => add(files, ''),
      caption: (at: number, caption: string) =>
        setItems((before) =>
          before.map((one, index) => (index === at ? { ...one, caption } : one)),
        ),
    },
    remove: (at: number) =>
      setItems((before) => {
        const gone = before[at];
        if (gone) URL.revokeObjectURL(gone.url);
        return before.filter((_, index) => index !== at);
      }),
  };
}
