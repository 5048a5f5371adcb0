import { useEffect, useRef, useState, useSyncExternalStore, type RefObject } from 'react';
import { useTranslation } from 'react-i18next';
import { Player } from '@/components/media/Player';
import { lengthInDigits } from '@/components/media/words';
import { IconButton } from '@/components/ui/IconButton';
import type { VoiceDraft } from '@/model/drafts';
import { selectSelfId } from '@/model/session';
import { bytesOf } from '@/persistence/files';
import { useAppSelector } from '@/store/hooks';
import type { Recorder } from './recorder';
import type { Voice } from './useVoice';
import './voice.css';

/** As many of the last levels as are drawn while somebody speaks. */
const LEVELS_SHOWN = 48;

const NEXT_STEP = '[data-next-step]';

/**
 * Where the button that was pressed has given way to another one, the focus goes on: to the step
 * that comes next, or to the whole line.
 */
function useKeptFocus(line: RefObject<HTMLElement | null>, stage: string): void {
  useEffect(() => {
    const { activeElement } = document;
    if (activeElement !== document.body && activeElement !== line.current) return;
    (line.current?.querySelector<HTMLElement>(NEXT_STEP) ?? line.current)?.focus();
  }, [line, stage]);
}

/** In the place of the composer's field: what is being said, or what was said and waits. */
export function VoiceLine({ voice }: { voice: Voice }) {
  const { t } = useTranslation();
  const { state, waiting } = voice;
  const held = state.stage !== 'idle' && state.held;
  const line = useRef<HTMLDivElement>(null);
  useKeptFocus(line, state.stage);
  return (
    <div ref={line} className="voice-line" role="group" tabIndex={-1} aria-label={t('voice.line')}>
      {!held && <IconButton icon="trash" label={t('voice.delete')} onClick={voice.cancel} />}
      {state.stage === 'asking' && <p className="voice-asking">{t('voice.asking')}</p>}
      {state.stage === 'live' && (
        <Live line={line} recorder={state.recorder} voice={voice} held={held} waiting={waiting} />
      )}
      {state.stage === 'idle' && waiting && <Listen draft={waiting} />}
    </div>
  );
}

interface LiveProps {
  line: RefObject<HTMLElement | null>;
  recorder: Recorder;
  voice: Voice;
  held: boolean;
  waiting: VoiceDraft | undefined;
}

function Live({ line, recorder, voice, held, waiting }: LiveProps) {
  const { t } = useTranslation();
  const { stage, elapsedMs, levels } = useSyncExternalStore(recorder.subscribe, recorder.snapshot);
  useKeptFocus(line, stage);
  if (stage === 'paused') {
    return (
      <>
        {waiting ? <Listen draft={waiting} /> : <p className="voice-asking" />}
        <IconButton
          icon="voice"
          label={t('voice.resume')}
          className="voice-resume"
          data-next-step
          onClick={voice.resume}
        />
      </>
    );
  }
  const shown = levels.slice(-LEVELS_SHOWN);
  return (
    <>
      <span className="voice-dot" aria-hidden="true" />
      <span className="visually-hidden" role="status">
        {t('voice.recording')}
      </span>
      <span className="voice-time" role="timer">
        <bdi>{lengthInDigits(elapsedMs / 1_000)}</bdi>
      </span>
      {held ? (
        <span className="voice-hint">{t('voice.slide')}</span>
      ) : (
        <>
          <span className="voice-levels" aria-hidden="true">
            {shown.map((level, at) => (
              <span
                key={levels.length - shown.length + at}
                className="voice-level"
                style={{ blockSize: `${Math.max(8, Math.round(level * 100))}%` }}
              />
            ))}
          </span>
          <IconButton icon="pause" label={t('voice.pause')} data-next-step onClick={voice.pause} />
        </>
      )}
    </>
  );
}

/** What was said, to be heard before it is sent. */
function Listen({ draft }: { draft: VoiceDraft }) {
  const { t } = useTranslation();
  const selfId = useAppSelector(selectSelfId);
  const { id, type, size, duration_ms, waveform } = draft;
  const [lost, setLost] = useState(false);
  useEffect(() => {
    let over = false;
    void bytesOf(selfId, id).then((bytes) => {
      if (!over) setLost(bytes === null);
    });
    return () => {
      over = true;
    };
  }, [selfId, id]);
  if (lost) return <p className="voice-asking">{t('voice.lost')}</p>;
  const file = {
    id: '',
    kind: 'voice' as const,
    name: '',
    type,
    size,
    width: null,
    height: null,
    blurhash: null,
    thumbnail: false,
    duration_ms,
    waveform,
  };
  return (
    // What was said since is another sound under the same id.
    <Player
      key={`${id} ${duration_ms}`}
      shown={{ file, clientMsgId: id, pending: true, fleeting: false }}
    />
  );
}
