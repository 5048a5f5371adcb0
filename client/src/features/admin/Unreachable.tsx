import { Icon } from '@/components/ui/Icon';
import { useAppDispatch } from '@/store/hooks';
import { describeLoss } from './health';
import { retryWanted, type DashboardState } from './slice';

/** In place of the alarms: nothing is known any more, and this is when it is tried again. */
export function Unreachable({ state, now }: { state: DashboardState; now: number }) {
  const dispatch = useAppDispatch();
  const { problem, retryAtMs, stats } = state;
  const inS = retryAtMs === null ? 0 : Math.max(0, Math.ceil((retryAtMs - now) / 1_000));
  return (
    <div className={stats ? 'alarms' : 'alarms alarms-alone'}>
      <div className="alarm" data-tone="bad">
        <Icon name="alert" size={32} />
        <div className="alarm-text" role="alert">
          <p className="alarm-title">Hub unreachable</p>
          {problem && <p>{describeLoss(problem)}</p>}
        </div>
        <p className="alarm-retry">
          {retryAtMs === null || inS === 0 ? 'Trying…' : `Next try in ${inS} s`}
        </p>
        <button
          type="button"
          className="button button-danger"
          disabled={retryAtMs === null}
          onClick={() => dispatch(retryWanted())}
        >
          Try now
        </button>
      </div>
    </div>
  );
}
