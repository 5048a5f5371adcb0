import { useEffect } from 'react';
import { useAppSelector } from '@/store/hooks';
import { Alarms } from './Alarms';
import { Charts } from './Charts';
import { EventFeed } from './EventFeed';
import { Figures } from './Figures';
import { ageMs, alarmsOf, viewOf } from './health';
import { Closes, Cores, Rooms, SlowConnections, Totals } from './Panels';
import { selectDashboard } from './slice';
import { StatusBar } from './StatusBar';
import { Unreachable } from './Unreachable';
import { useNow } from './useNow';

const TITLES = {
  connecting: 'Connecting…',
  live: 'Live',
  stale: 'Stale',
  unreachable: 'Unreachable',
} as const;

export function Dashboard() {
  const state = useAppSelector(selectDashboard);
  const now = useNow();
  const { stats, samples, events } = state;
  const view = viewOf(state, now);
  const alarms = stats ? alarmsOf(stats, events) : [];
  const headline = view === 'live' ? (alarms[0]?.title ?? TITLES.live) : TITLES[view];

  useEffect(() => {
    document.title = `${headline} · Rookery hub`;
  }, [headline]);

  return (
    <div className="admin dashboard" data-view={view}>
      <StatusBar stats={stats} view={view} ageS={ageMs(state, now) / 1_000} />
      <main className="dashboard-main">
        {view === 'unreachable' || (view === 'connecting' && state.problem !== null) ? (
          <Unreachable state={state} now={now} />
        ) : (
          <Alarms alarms={alarms} />
        )}
        {stats && (
          <div className="dashboard-body">
            <Charts stats={stats} samples={samples} />
            <Figures stats={stats} samples={samples} />
            <div className="panels">
              <Cores stats={stats} />
              <Rooms rooms={stats.top_rooms} />
              <EventFeed events={events} />
              <SlowConnections slow={stats.slow} />
              <Closes closes={stats.closes} />
              <Totals stats={stats} />
            </div>
          </div>
        )}
      </main>
    </div>
  );
}
