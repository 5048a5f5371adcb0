import { Amount } from './Amount';
import type { HubStats } from './contract';
import { coreNames, PINGS, pingsDone, unreachedCores } from './health';
import { Panel } from './Panel';
import { Table } from './Table';
import { bytes, count, perSecond, shortId } from './units';

/** The cores' publish streams, and how the start-up pings were spread over them. */
export function Cores({ stats }: { stats: HubStats }) {
  const names = coreNames(stats);
  const unreached = new Set(unreachedCores(stats));
  const { pings, verify } = stats;
  return (
    <Panel
      title="Cores"
      area="cores"
      note={`${pingsDone(stats)} of ${PINGS} start-up pings done`}
      empty={names.length === 0 && 'No core has announced itself yet.'}
    >
      <Table
        columns={[
          'Core',
          'Stream',
          'Published',
          { title: 'Total', className: 'wide-only' },
          { title: 'Receipts', className: 'wide-only' },
          `Pings of ${PINGS}`,
        ]}
      >
        {names.map((name) => {
          const core = stats.cores[name];
          return (
            <tr key={name} data-testid="core" data-core={name}>
              <th scope="row">{name}</th>
              <td>
                <span className="state" data-tone={core?.connected ? 'good' : 'bad'}>
                  {core?.connected ? 'open' : 'closed'}
                </span>
              </td>
              <td>
                <Amount of={perSecond(core?.published_per_s ?? 0)} />
              </td>
              <td className="wide-only">{count(core?.published ?? 0).value}</td>
              <td className="wide-only">{count(core?.receipts ?? 0).value}</td>
              <td>
                <PingCount answers={pings.answers[name] ?? 0} missed={unreached.has(name)} />
              </td>
            </tr>
          );
        })}
      </Table>
      <p className="panel-foot">
        Token checks since start: <b>{count(verify.calls).value}</b>, of which failed:{' '}
        <b>{count(verify.failures).value}</b>
      </p>
    </Panel>
  );
}

/** Ten places, as many filled as pings came here: with two cores, five each. */
function PingCount({ answers, missed }: { answers: number; missed: boolean }) {
  return (
    <span className="pings" data-missed={missed}>
      <span className="ping-dots" aria-hidden="true">
        {Array.from({ length: PINGS }, (_, n) => (
          <i key={n} data-on={n < answers} />
        ))}
      </span>
      {answers}
    </span>
  );
}

export function Rooms({ rooms }: { rooms: HubStats['top_rooms'] }) {
  return (
    <Panel
      title="Top rooms"
      area="rooms"
      note="by deliveries"
      empty={rooms.length === 0 && 'Nobody is in a room.'}
    >
      <Table
        columns={[
          'Topic',
          'Connections',
          { title: 'Events', className: 'wide-only' },
          'Deliveries',
        ]}
      >
        {rooms.map((room) => (
          <tr key={room.topic}>
            <th scope="row" className="id" title={room.topic}>
              {shortId(room.topic)}
            </th>
            <td>{count(room.connections).value}</td>
            <td className="wide-only">
              <Amount of={perSecond(room.events_per_s)} />
            </td>
            <td>
              <Amount of={perSecond(room.deliveries_per_s)} />
            </td>
          </tr>
        ))}
      </Table>
    </Panel>
  );
}

export function SlowConnections({ slow }: { slow: HubStats['slow'] }) {
  return (
    <Panel
      title="Slow connections"
      area="slow"
      note="most queued first"
      empty={slow.length === 0 && 'Everybody reads as fast as the hub writes.'}
    >
      <Table columns={['Client', { title: 'User', className: 'wide-only' }, 'Transport', 'Queued']}>
        {slow.map((one) => (
          <tr key={one.client}>
            <th scope="row" className="id" title={one.client}>
              {shortId(one.client)}
            </th>
            <td className="id wide-only" title={one.user}>
              {shortId(one.user)}
            </td>
            <td>{one.transport}</td>
            <td>
              <Amount of={bytes(one.queued_bytes)} />
            </td>
          </tr>
        ))}
      </Table>
    </Panel>
  );
}

export function Closes({ closes }: { closes: HubStats['closes'] }) {
  const sorted = [...closes].sort((one, other) => other.count - one.count);
  return (
    <Panel
      title="Closes by code"
      area="closes"
      note="since start"
      empty={closes.length === 0 && 'The hub has closed nothing since it started.'}
    >
      <Table columns={['Code', { title: 'Reason', className: 'words' }, 'Times']}>
        {sorted.map(({ code, reason, count: times }) => (
          <tr key={`${code} ${reason}`}>
            <th scope="row">{code}</th>
            <td className="words">{reason}</td>
            <td>{count(times).value}</td>
          </tr>
        ))}
      </Table>
    </Panel>
  );
}

const TOTALS = [
  ['connects', 'Connects'],
  ['disconnects', 'Disconnects'],
  ['refused', 'Refused'],
  ['slow', 'Cut as slow'],
  ['acks', 'Acknowledged'],
  ['repairs', 'Gaps repaired'],
  ['resets', 'Topics restored'],
] as const;

export function Totals({ stats }: { stats: HubStats }) {
  return (
    <Panel title="Since start" area="totals">
      <dl className="totals">
        {TOTALS.map(([id, label]) => (
          <div key={id}>
            <dt>{label}</dt>
            <dd>{count(stats.totals[id]).value}</dd>
          </div>
        ))}
      </dl>
    </Panel>
  );
}
