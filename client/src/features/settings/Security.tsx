import { useState, type SyntheticEvent } from 'react';
import { useTranslation } from 'react-i18next';
import { useChangePasswordMutation, useEndSessionMutation, useSessionsQuery } from '@/api/security';
import type { DeviceSession } from '@/api/types';
import { PaneHeader } from '@/components/PaneHeader';
import { Alert } from '@/components/ui/Alert';
import { ConfirmDialog } from '@/components/ui/ConfirmDialog';
import { Skeleton } from '@/components/ui/Skeleton';
import { TextField } from '@/components/ui/TextField';
import { clockTime, dayLabel } from '@/lib/time';
import { DeleteAccount } from './DeleteAccount';
import { SecondFactor } from './SecondFactor';
import './settings.css';

/** The password, what is asked for besides it, where the user is signed in, and the
 * account's end. */
export function Security() {
  const { t } = useTranslation();
  return (
    <>
      <PaneHeader title={t('common.security')} backTo="/settings" />
      <div className="pane-body pane-ground settings">
        <Password />
        <SecondFactor />
        <Sessions />
        <DeleteAccount />
      </div>
    </>
  );
}

function Password() {
  const { t } = useTranslation();
  const [current, setCurrent] = useState('');
  const [wanted, setWanted] = useState('');
  const [change, { error, isLoading, isSuccess, reset }] = useChangePasswordMutation();

  const submit = async (event: SyntheticEvent) => {
    event.preventDefault();
    const answer = await change({ current_password: current, new_password: wanted });
    if (answer.error) return;
    setCurrent('');
    setWanted('');
  };
  const typed = (set: (text: string) => void) => (event: { target: { value: string } }) => {
    set(event.target.value);
    if (isSuccess) reset();
  };

  return (
    <form
      className="card settings-card"
      aria-label={t('security.changePassword')}
      noValidate
      onSubmit={(event) => void submit(event)}
    >
      <h2>{t('security.changePassword')}</h2>
      <TextField
        label={t('security.current')}
        type="password"
        autoComplete="current-password"
        required
        value={current}
        onChange={typed(setCurrent)}
      />
      <TextField
        label={t('security.new')}
        type="password"
        autoComplete="new-password"
        required
        hint={t('security.newHint')}
        value={wanted}
        onChange={typed(setWanted)}
      />
      <Alert error={error} />
      {isSuccess && (
        <p className="settings-done" role="status">
          {t('security.changed')}
        </p>
      )}
      <button
        type="submit"
        className="button button-primary button-wide"
        disabled={isLoading || current === '' || wanted === ''}
      >
        {t('security.changePassword')}
      </button>
    </form>
  );
}

function Sessions() {
  const { t } = useTranslation();
  const { data, error } = useSessionsQuery(undefined, { refetchOnMountOrArgChange: true });
  const [end, { error: refusal, isLoading }] = useEndSessionMutation();
  const [asking, setAsking] = useState(false);
  const sessions = data?.sessions ?? [];
  return (
    <section className="card settings-card" aria-label={t('security.signedIn')}>
      <h2>{t('security.signedIn')}</h2>
      <Alert error={refusal ?? error} />
      {!data && !error && <Skeleton of="rows" />}
      <ul className="sessions" aria-label={t('security.signedIn')}>
        {sessions.map((session) => (
          <Session
            key={session.id}
            session={session}
            disabled={isLoading}
            onEnd={() => void end(session.id)}
          />
        ))}
      </ul>
      {sessions.length > 1 && (
        <button
          type="button"
          className="button button-danger button-wide"
          disabled={isLoading}
          onClick={() => setAsking(true)}
        >
          {t('security.endOthers')}
        </button>
      )}
      {asking && (
        <ConfirmDialog
          title={t('security.endOthersTitle')}
          confirm={t('security.endOthers')}
          onClose={() => setAsking(false)}
          onConfirm={() => {
            setAsking(false);
            void end(null);
          }}
        >
          <p>{t('security.endOthersText')}</p>
        </ConfirmDialog>
      )}
    </section>
  );
}

interface SessionProps {
  session: DeviceSession;
  disabled: boolean;
  onEnd: () => void;
}

function Session({ session, disabled, onEnd }: SessionProps) {
  const { t } = useTranslation();
  const { current, device, last_used_at: at } = session;
  const name = device ?? t('security.unknownDevice');
  return (
    <li className="session" data-testid="session">
      <span className="person-names">
        <span className="person-name">
          <bdi>{name}</bdi>
        </span>
        <span className="person-handle">
          {current
            ? t('security.thisDevice')
            : t('security.lastUsed', { when: `${dayLabel(at)}, ${clockTime(at)}` })}
        </span>
      </span>
      {!current && (
        <button
          type="button"
          className="button button-quiet"
          aria-label={t('security.endDevice', { device: name })}
          disabled={disabled}
          onClick={onEnd}
        >
          {t('security.end')}
        </button>
      )}
    </li>
  );
}
