import { Amount } from './Amount';
import type { HubStats } from './contract';
import { coreNames, PINGS, pingsDone, unreachedCores } from './health';
import { Panel } from './Panel';
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
      <table>
        <thead>
          <tr>
            <th scope="col">Core</th>
            <th scope="col">Stream</th>
            <th scope="col">Published</th>
            <th scope="col" className="wide-only">
              Total
            </th>
            <th scope="col" className="wide-only">
              Receipts
            </th>
            <th scope="col">Pings of {PINGS}</th>
          </tr>
        </thead>
        <tbody>
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
        </tbody>
      </table>
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
      <table>
        <thead>
          <tr>
            <th scope="col">Topic</th>
            <th scope="col">Connections</th>
            <th scope="col">Events</th>
            <th scope="col">Deliveries</th>
          </tr>
        </thead>
        <tbody>
          {rooms.map((room) => (
            <tr key={room.topic}>
              <th scope="row" className="id" title={room.topic}>
                {shortId(room.topic)}
              </th>
              <td>{count(room.connections).value}</td>
              <td>
                <Amount of={perSecond(room.events_per_s)} />
              </td>
              <td>
                <Amount of={perSecond(room.deliveries_per_s)} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
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
      <table>
        <thead>
          <tr>
            <th scope="col">Client</th>
            <th scope="col" className="wide-only">
              User
            </th>
            <th scope="col">Transport</th>
            <th scope="col">Queued</th>
          </tr>
        </thead>
        <tbody>
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
        </tbody>
      </table>
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
      <table>
        <thead>
          <tr>
            <th scope="col">Code</th>
            <th scope="col" className="words">
              Reason
            </th>
            <th scope="col">Times</th>
          </tr>
        </thead>
        <tbody>
          {sorted.map(({ code, reason, count: times }) => (
            <tr key={`${code} ${reason}`}>
              <th scope="row">{code}</th>
              <td className="words">{reason}</td>
              <td>{count(times).value}</td>
            </tr>
          ))}
        </tbody>
      </table>
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
