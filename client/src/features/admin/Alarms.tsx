import { Icon } from '@/components/ui/Icon';
import type { Alarm } from './health';

/** Large, above everything else; without an alarm it takes no room. */
export function Alarms({ alarms }: { alarms: readonly Alarm[] }) {
  return (
    <div className="alarms" role="alert" data-testid="alarms">
      {alarms.map(({ id, tone, title, text }) => (
        <div key={id} className="alarm" data-tone={tone} data-alarm={id}>
          <Icon name="alert" size={32} />
          <div className="alarm-text">
            <p className="alarm-title">{title}</p>
            <p>{text}</p>
          </div>
        </div>
      ))}
    </div>
  );
}
