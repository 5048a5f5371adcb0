import {
  useEffect,
  useLayoutEffect,
  useRef,
  useState,
  type KeyboardEvent,
  type SyntheticEvent,
} from 'react';
import { useTranslation } from 'react-i18next';
import { useClientConfigQuery } from '@/api/auth';
import { later } from '@/components/later';
import { Alert } from '@/components/ui/Alert';
import { IconButton } from '@/components/ui/IconButton';
import { DESKTOP_INPUT, useMediaQuery } from '@/components/useMediaQuery';
import { fieldDirection } from '@/lib/direction';
import { isComposing } from '@/lib/keyboard';
import { lifetimeText } from '@/lib/lifetime';
import { inDigits } from '@/lib/locale';
import { useAppSelector } from '@/store/hooks';
import { selectChat } from '@/store/selectors';
import { AttachButton } from './attach/AttachButton';
import { ComposerBar } from './ComposerBar';
import { EmojiDialog } from './EmojiDialog';
import { useMentionPicker } from './MentionPicker';
import { PreviewBar } from './preview/PreviewBar';
import { usePreview } from './preview/usePreview';
import { replaceIn } from './replaceIn';
import { useWriting } from './useWriting';
import { MicButton } from './voice/MicButton';
import { useVoice } from './voice/useVoice';

const VoiceLine = later(() => import('./voice/VoiceLine').then((file) => file.VoiceLine), {
  waiting: () => <div className="composer-speaks" />,
});

/** The contract's limit until the server has told its own. */
const MESSAGE_MAX_CHARS = 4_096;
/** From here on the field says how much room is left. */
const COUNT_FROM = 200;

interface Props {
  conversationId: string;
  /** Addresses are drawn as links here, and pages shown. */
  links: boolean;
}

export function Composer({ conversationId, links }: Props) {
  const { t } = useTranslation();
  const { text, editing, replyTo, write, cancel, send: sendText } = useWriting(conversationId);
  const about = editing ?? replyTo;
  const { data: config } = useClientConfigQuery();
  const desktop = useMediaQuery(DESKTOP_INPUT);
  const field = useRef<HTMLTextAreaElement>(null);
  const maxChars = config?.limits.message_max_chars ?? MESSAGE_MAX_CHARS;
  // The server counts characters, not UTF-16 units.
  const length = text.length < maxChars / 2 ? text.length : Array.from(text.trimEnd()).length;
  const left = maxChars - length;

  const voice = useVoice(conversationId, editing !== undefined);
  /** What is being said, or waits, stands in the place of the field. */
  const speaks =
    editing === undefined &&
    voice !== null &&
    (voice.state.stage !== 'idle' || voice.waiting !== undefined);
  const held = voice !== null && voice.state.stage !== 'idle' && voice.state.held;

  useEffect(() => {
    // On a phone the focus would open the keyboard over the messages.
    if (desktop && !speaks) field.current?.focus();
  }, [desktop, speaks]);

  useLayoutEffect(() => {
    const element = field.current;
    // Where the style sheet does not let the field grow by itself.
    if (!element || CSS.supports('field-sizing', 'content')) return;
    element.style.height = 'auto';
    element.style.height = `${element.scrollHeight}px`;
  }, [text]);

  // Whoever chose to answer or to edit goes on to write.
  const known = useRef(about);
  useEffect(() => {
    if (about === known.current) return;
    known.current = about;
    const element = field.current;
    if (about === undefined || !element) return;
    element.focus();
    element.setSelectionRange(element.value.length, element.value.length);
  }, [about]);

  const lifetime = useAppSelector((state) => selectChat(state, conversationId)?.disappearS ?? null);
  const hint =
    lifetime === null
      ? t('composer.message')
      : t('composer.kept', { time: lifetimeText(lifetime) });
  const page = usePreview(text, links && editing === undefined);
  const picker = useMentionPicker({ conversationId, field, text, write });
  const [choosing, setChoosing] = useState(false);
  /** Puts an emoji where the caret is, or in the place of what is marked. */
  const insert = (emoji: string) => {
    const { selectionStart = text.length, selectionEnd = text.length } = field.current ?? {};
    replaceIn(field.current, [selectionStart, selectionEnd], emoji, write);
    setChoosing(false);
  };

  const sentAt = useRef(-Infinity);
  const send = (event: SyntheticEvent) => {
    event.preventDefault();
    sentAt.current = event.timeStamp;
    if (speaks) {
      voice.send();
      return;
    }
    if (text.trim() === '' || left < 0) return;
    sendText(page.preview);
    field.current?.focus();
  };

  const sendOnEnter = (event: KeyboardEvent) => {
    if (isComposing(event.nativeEvent) || picker.takesKey(event)) return;
    if (event.key === 'Escape' && about !== undefined) {
      event.preventDefault();
      cancel();
    }
    if (desktop && event.key === 'Enter' && !event.shiftKey) send(event);
  };

  return (
    <>
      <form className="composer" onSubmit={send}>
        <div className="composer-surface">
          {about !== undefined && (
            <ComposerBar
              conversationId={conversationId}
              messageId={about}
              editing={editing !== undefined}
              onCancel={() => {
                cancel();
                field.current?.focus();
              }}
            />
          )}
          {page.preview && <PreviewBar preview={page.preview} onDecline={page.decline} />}
          {left < 0 && <Alert error={t('composer.over', { count: -left })} />}
          {voice?.note && <Alert error={t(`voice.${voice.note}`)} />}
          {picker.list}
          <div className="composer-line">
            {speaks ? (
              <VoiceLine voice={voice} />
            ) : (
              <>
                {editing === undefined && <AttachButton />}
                <IconButton
                  icon="smile"
                  label={t('emoji.insert')}
                  onClick={() => setChoosing(true)}
                />
                <textarea
                  ref={field}
                  rows={1}
                  dir={fieldDirection(text)}
                  aria-label={t('composer.message')}
                  placeholder={hint}
                  enterKeyHint={desktop ? 'send' : 'enter'}
                  value={text}
                  onChange={(event) => write(event.target.value)}
                  onKeyDown={sendOnEnter}
                  {...picker.fieldProps}
                />
                {left >= 0 && left <= COUNT_FROM && (
                  <span className="composer-count">
                    <span aria-hidden="true">{inDigits(left)}</span>
                    <span className="visually-hidden">{t('composer.left', { count: left })}</span>
                  </span>
                )}
              </>
            )}
            {voice && editing === undefined && (held || (!speaks && text === '')) ? (
              <MicButton voice={voice} sentAt={sentAt} />
            ) : (
              <IconButton
                icon={editing === undefined ? 'send' : 'check'}
                label={editing === undefined ? t('composer.send') : t('message.save')}
                type="submit"
                className={editing === undefined ? 'composer-send flip-in-rtl' : 'composer-send'}
                disabled={speaks ? voice.state.stage === 'asking' : text.trim() === ''}
                // The field keeps the focus, so a phone's keyboard stays open.
                onPointerDown={(event) => event.preventDefault()}
              />
            )}
          </div>
        </div>
      </form>
      {choosing && (
        <EmojiDialog
          title={t('emoji.insert')}
          onChoose={insert}
          onClose={() => setChoosing(false)}
        />
      )}
    </>
  );
}
