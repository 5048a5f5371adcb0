import type { FeedEntry } from './slice';
import { Panel } from './Panel';
import { dateOf, timeOfDay } from './units';

type Tone = 'good' | 'warn' | 'bad' | 'plain';

/** A kind that is not here is of a newer hub: it is shown by the name it has. */
const KINDS: Record<string, { label: string; tone: Tone }> = {
  hub_started: { label: 'Hub started', tone: 'good' },
  hub_leaving: { label: 'Hub leaving', tone: 'warn' },
  core_connected: { label: 'Core connected', tone: 'good' },
  core_disconnected: { label: 'Core disconnected', tone: 'warn' },
  core_unreachable: { label: 'Core unreachable', tone: 'bad' },
  core_reachable: { label: 'Core reachable', tone: 'good' },
  connection_cut: { label: 'Connection cut', tone: 'warn' },
  topic_restored: { label: 'Topic restored', tone: 'warn' },
  gap_repaired: { label: 'Gap repaired', tone: 'plain' },
  api: { label: 'API', tone: 'plain' },
};

/** What happened to the hub, newest first. */
export function EventFeed({ events }: { events: readonly FeedEntry[] }) {
  return (
    <Panel
      title="What happened"
      area="feed"
      note="newest first"
      empty={events.length === 0 && 'Nothing has happened yet.'}
    >
      <ol className="feed">
        {events.toReversed().map((entry) => {
          const { label, tone } = KINDS[entry.kind] ?? { label: entry.kind, tone: 'plain' };
          const at = new Date(entry.at_ms);
          return (
            <li key={`${entry.at_ms} ${entry.id}`} data-tone={tone} data-kind={entry.kind}>
              <p className="feed-head">
                <span className="state" data-tone={tone}>
                  {label}
                </span>
                <time dateTime={at.toISOString()} title={dateOf(entry.at_ms)}>
                  {timeOfDay(entry.at_ms)}
                </time>
              </p>
              <p className="feed-text">{entry.text}</p>
            </li>
          );
        })}
      </ol>
    </Panel>
  );
}
