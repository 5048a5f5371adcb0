import { useEffect, useRef, useState, type ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { IconButton } from '@/components/ui/IconButton';
import type { Shown } from './shown';
import { takeTurn } from './turn';
import { useOwnCopy, useSource } from './useSource';
import { lengthInDigits } from './words';

const SPEEDS = [1, 1.5, 2] as const;
/** What the keys move by, in seconds. */
const STEP_S = 1;

/** How loud it is, drawn as far as it was heard in another colour. */
function Waveform({ bars, played }: { bars: number[]; played: number }) {
  return (
    <span className="player-bars" aria-hidden="true">
      {bars.map((loud, at) => (
        <span
          key={at}
          className={at / bars.length < played ? 'player-bar player-bar-played' : 'player-bar'}
          style={{ blockSize: `${Math.max(8, loud)}%` }}
        />
      ))}
    </span>
  );
}

interface Props {
  shown: Shown;
  /** Who speaks; how fast it is played stands in their place once somebody listens. */
  face?: ReactNode;
  children?: ReactNode;
}

/** A voice note, or another sound. It is loaded when it is to be heard. */
export function Player({ shown, face, children }: Props) {
  const { t } = useTranslation();
  const { file, clientMsgId, pending } = shown;
  const audio = useRef<HTMLAudioElement>(null);
  const own = useOwnCopy(pending ? clientMsgId : null);
  const { url, state, onError, retry } = useSource(
    pending || own !== null ? null : file.id,
    'whole',
  );
  const source = own ?? url;
  const [playing, setPlaying] = useState(false);
  const [atS, setAtS] = useState(0);
  const [speed, setSpeed] = useState(0);
  const [lengthS, setLengthS] = useState((file.duration_ms ?? 0) / 1_000);
  const rate = SPEEDS[speed] ?? 1;
  useEffect(() => {
    if (audio.current) audio.current.playbackRate = rate;
  }, [rate, source]);

  const toggle = () => {
    const element = audio.current;
    if (!element) return;
    // What the browser cannot play it says by an error of the element.
    if (playing) element.pause();
    else void element.play().catch(() => undefined);
  };
  const lost = own === null && (state === 'gone' || state === 'failed');
  return (
    <div className="media player">
      {children ?? (
        <IconButton
          icon={lost ? 'save' : playing ? 'pause' : 'play'}
          label={t(lost ? 'media.loadAgain' : playing ? 'media.pause' : 'media.play')}
          className="player-button"
          disabled={source === null && state !== 'failed'}
          onClick={lost ? retry : toggle}
        />
      )}
      <div className="player-track">
        {file.waveform && file.waveform.length > 0 && (
          <Waveform bars={file.waveform} played={lengthS > 0 ? atS / lengthS : 0} />
        )}
        <input
          className={file.waveform ? 'player-slider player-slider-over' : 'player-slider'}
          type="range"
          aria-label={t('media.position')}
          aria-valuetext={lengthInDigits(atS)}
          min={0}
          max={Math.max(lengthS, STEP_S)}
          step={0.1}
          value={Math.min(atS, lengthS)}
          disabled={lengthS === 0}
          onChange={(event) => {
            const wanted = Number(event.target.value);
            setAtS(wanted);
            if (audio.current) audio.current.currentTime = wanted;
          }}
        />
      </div>
      <span className="player-time">
        {state === 'gone' && own === null
          ? t('media.gone')
          : lengthInDigits(playing || atS > 0 ? atS : lengthS)}
      </span>
      {face !== undefined && !playing && atS === 0 ? (
        face
      ) : (
        <button
          type="button"
          className="player-speed"
          aria-label={t('media.speed', { speed: rate })}
          onClick={() => setSpeed((speed + 1) % SPEEDS.length)}
        >
          {t('media.times', { speed: rate })}
        </button>
      )}
      {source !== null && (
        // A voice is not written down.
        // eslint-disable-next-line jsx-a11y/media-has-caption -- see above
        <audio
          ref={audio}
          src={source}
          // Of a voice note the length is known; of another sound it is in its first bytes.
          preload={file.duration_ms === null ? 'metadata' : 'none'}
          onPlay={(event) => {
            takeTurn(event.currentTarget);
            setPlaying(true);
          }}
          onPause={() => setPlaying(false)}
          onEnded={() => setAtS(0)}
          onTimeUpdate={(event) => setAtS(event.currentTarget.currentTime)}
          onLoadedMetadata={({ currentTarget: { duration } }) => {
            // Recorders write no length into what they record.
            if (file.duration_ms === null && Number.isFinite(duration)) setLengthS(duration);
          }}
          onError={onError}
        />
      )}
    </div>
  );
}
