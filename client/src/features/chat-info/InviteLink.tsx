import { useId, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useCreateInviteMutation, useInvitesQuery, useRevokeInviteMutation } from '@/api/invites';
import { Alert } from '@/components/ui/Alert';
import { useModal } from '@/components/useModal';
import { copyText } from '@/lib/clipboard';

interface Props {
  conversationId: string;
  onClose: () => void;
}

const addressOf = (token: string) => `${window.location.origin}/join/${token}`;

/** The link by which others come into a group: to be made, copied, and exchanged for another one. */
export function InviteLink({ conversationId, onClose }: Props) {
  const { t } = useTranslation();
  const dialog = useModal();
  const titleId = useId();
  const { data, error } = useInvitesQuery(conversationId, { refetchOnMountOrArgChange: true });
  const [create, creating] = useCreateInviteMutation();
  const [revoke, revoking] = useRevokeInviteMutation();
  const [note, setNote] = useState<'invite.copied' | 'invite.notCopied' | null>(null);
  const busy = creating.isLoading || revoking.isLoading;
  const invite = data?.invites.at(0);

  const reset = async (inviteId: string) => {
    setNote(null);
    const revoked = await revoke({ conversationId, inviteId });
    if (!revoked.error) await create(conversationId);
  };

  return (
    <dialog ref={dialog} className="dialog" aria-labelledby={titleId} onClose={onClose}>
      <h2 id={titleId}>{t('invite.title')}</h2>
      <p className="dialog-text">{t('invite.text')}</p>
      <Alert error={error ?? creating.error ?? revoking.error} />
      {invite && (
        <input
          className="invite-link"
          dir="ltr"
          readOnly
          aria-label={t('invite.title')}
          value={addressOf(invite.token)}
          onFocus={(event) => event.target.select()}
        />
      )}
      {note && (
        <p className="invite-note" role="status">
          {t(note)}
        </p>
      )}
      <div className="dialog-actions">
        <button type="button" className="button button-quiet" onClick={onClose}>
          {t('invite.close')}
        </button>
        {invite && (
          <button
            type="button"
            className="button button-quiet"
            disabled={busy}
            onClick={() => void reset(invite.id)}
          >
            {t('invite.reset')}
          </button>
        )}
        {invite ? (
          <button
            type="button"
            className="button button-primary"
            disabled={busy}
            onClick={() =>
              void copyText(addressOf(invite.token)).then((copied) =>
                setNote(copied ? 'invite.copied' : 'invite.notCopied'),
              )
            }
          >
            {t('invite.copy')}
          </button>
        ) : (
          <button
            type="button"
            className="button button-primary"
            disabled={busy || !data}
            onClick={() => void create(conversationId)}
          >
            {t('invite.create')}
          </button>
        )}
      </div>
    </dialog>
  );
}
