import { Icon, type IconName } from '@/components/ui/Icon';

interface Props {
  icon: IconName;
  label: string;
  danger?: boolean;
  disabled?: boolean;
  onClick: () => void;
}

/** A line of a card that does something. */
export function InfoAction({ icon, label, danger = false, disabled = false, onClick }: Props) {
  return (
    <button
      type="button"
      className={`person-row chat-info-action ${danger ? 'chat-info-danger' : ''}`}
      disabled={disabled}
      onClick={onClick}
    >
      <span className="chat-info-icon">
        <Icon name={icon} size={22} />
      </span>
      {label}
    </button>
  );
}
