import { ConfirmDialog } from './ui/ConfirmDialog';

interface Props {
  onConfirm: () => void;
  onClose: () => void;
}

/** Asks before somebody is blocked; `request` is deleted along with it. */
export function BlockDialog({
  name,
  request = false,
  ...rest
}: Props & { name: string; request?: boolean }) {
  return (
    <ConfirmDialog title={`Block ${name}?`} confirm="Block" {...rest}>
      <p>
        They can no longer write to you or add you to groups, and they are not told. Groups that you
        are both in go on.{request && ' Their request is deleted.'}
      </p>
    </ConfirmDialog>
  );
}

/** Asks before a direct chat goes. */
export function DeleteChatDialog(props: Props) {
  return (
    <ConfirmDialog title="Delete this chat?" confirm="Delete" {...props}>
      <p>
        It disappears from all your devices, with everything in it. With the next message it comes
        back empty.
      </p>
    </ConfirmDialog>
  );
}
