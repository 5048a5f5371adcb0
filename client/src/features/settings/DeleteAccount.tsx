import { useState, type SyntheticEvent } from 'react';
import { useTranslation } from 'react-i18next';
import { useDeleteAccountMutation, useSecondFactorQuery } from '@/api/security';
import { Alert } from '@/components/ui/Alert';
import { ConfirmDialog } from '@/components/ui/ConfirmDialog';
import { TextField } from '@/components/ui/TextField';
import './second-factor.css';

/** Deletes the account for good, after the password and one more question. */
export function DeleteAccount() {
  const { t } = useTranslation();
  const { data: factor } = useSecondFactorQuery();
  const [password, setPassword] = useState('');
  const [code, setCode] = useState('');
  const [erases, setErases] = useState(false);
  const [asking, setAsking] = useState(false);
  const [deleteAccount, { error, isLoading }] = useDeleteAccountMutation();
  const asksForCode = factor?.on === true;

  const submit = (event: SyntheticEvent) => {
    event.preventDefault();
    setAsking(true);
  };
  const confirmed = () => {
    setAsking(false);
    void deleteAccount({
      password,
      messages: erases ? 'delete' : 'keep',
      ...(asksForCode && { code }),
    });
  };

  return (
    <section className="card settings-card" aria-label={t('deletion.title')}>
      <h2>{t('deletion.title')}</h2>
      <form className="factor" noValidate onSubmit={submit}>
        <p>{t('deletion.text')}</p>
        <TextField
          label={t('deletion.password')}
          type="password"
          autoComplete="current-password"
          required
          value={password}
          onChange={(event) => setPassword(event.target.value)}
        />
        {asksForCode && (
          <TextField
            label={t('deletion.code')}
            autoComplete="one-time-code"
            autoCapitalize="none"
            autoCorrect="off"
            spellCheck={false}
            required
            value={code}
            onChange={(event) => setCode(event.target.value)}
          />
        )}
        <label className="settings-check">
          <input
            type="checkbox"
            checked={erases}
            onChange={(event) => setErases(event.target.checked)}
          />
          <span>{t('deletion.erase')}</span>
        </label>
        <Alert error={error} />
        <button
          type="submit"
          className="button button-danger button-wide"
          disabled={isLoading || password === '' || (asksForCode && code.trim() === '')}
        >
          {t('deletion.action')}
        </button>
      </form>
      {asking && (
        <ConfirmDialog
          title={t('deletion.confirmTitle')}
          confirm={t('deletion.action')}
          onClose={() => setAsking(false)}
          onConfirm={confirmed}
        >
          <p>{t('deletion.confirmText')}</p>
        </ConfirmDialog>
      )}
    </section>
  );
}
