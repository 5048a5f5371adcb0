import { Mark } from '@/components/ui/Brand';
import { IconButton } from '@/components/ui/IconButton';
import { useMediaQuery } from '@/components/useMediaQuery';
import { themeChosen } from '@/model/settings';
import { useAppDispatch, useAppSelector } from '@/store/hooks';
import type { HubStats } from './contract';
import type { View } from './health';
import { dashboardClosed } from './slice';
import { duration } from './units';

const LABELS: Record<View, string> = {
  connecting: 'Connecting…',
  live: 'Live',
  stale: 'Stale',
  unreachable: 'Hub unreachable',
};

interface Props {
  stats: HubStats | null;
  view: View;
  /** How old the numbers below are. */
  ageS: number;
}

export function StatusBar({ stats, view, ageS }: Props) {
  const dispatch = useAppDispatch();
  const theme = useAppSelector((state) => state.settings.theme);
  const systemIsDark = useMediaQuery('(prefers-color-scheme: dark)');
  const other = (theme === 'system' ? systemIsDark : theme === 'dark') ? 'light' : 'dark';

  return (
    <header className="status-bar">
      <Mark size={36} />
      <h1>{stats?.hub ?? 'Rookery hub'}</h1>
      {stats && (
        <p className="status-facts">
          <span>version {stats.version}</span>
          <span>up {duration(stats.uptime_s)}</span>
        </p>
      )}
      <div className="stream-state" data-testid="hub-stream" data-state={view}>
        <span role="status">{LABELS[view]}</span>
        {/* Outside of what is announced: it changes every second. */}
        {view !== 'live' && stats && <span>{staleFor(view, ageS)}</span>}
      </div>
      <div className="status-actions">
        <IconButton
          icon="moon"
          label={other === 'dark' ? 'Dark theme' : 'Light theme'}
          onClick={() => dispatch(themeChosen(other))}
        />
        <IconButton
          icon="leave"
          label="Forget the key"
          onClick={() => dispatch(dashboardClosed())}
        />
      </div>
    </header>
  );
}

function staleFor(view: View, ageS: number): string {
  return view === 'stale' ? `for ${duration(ageS)}` : `stale for ${duration(ageS)}`;
}
