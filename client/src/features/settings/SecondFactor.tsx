import { useState, type SyntheticEvent } from 'react';
import { useTranslation } from 'react-i18next';
import {
  useConfirmSecondFactorMutation,
  useEndSecondFactorMutation,
  useOfferSecondFactorMutation,
  useSecondFactorQuery,
} from '@/api/security';
import type { TotpSecret } from '@/api/types';
import { later } from '@/components/later';
import { Alert } from '@/components/ui/Alert';
import { Skeleton } from '@/components/ui/Skeleton';
import { TextField } from '@/components/ui/TextField';
import { copyText } from '@/lib/clipboard';
import './second-factor.css';

const QrCode = later(() => import('./QrCode').then((file) => file.QrCode));

/** A code from an app that is asked for besides the password: set up, confirmed and turned off. */
export function SecondFactor() {
  const { t } = useTranslation();
  const { data, error } = useSecondFactorQuery(undefined, { refetchOnMountOrArgChange: true });
  const [offered, setOffered] = useState<TotpSecret | null>(null);
  const [codes, setCodes] = useState<readonly string[] | null>(null);
  return (
    <section className="card settings-card" aria-label={t('factor.title')}>
      <h2>{t('factor.title')}</h2>
      {codes ? (
        <Codes codes={codes} onKept={() => setCodes(null)} />
      ) : data?.on ? (
        <Ending left={data.recovery_codes_left} />
      ) : offered ? (
        <Confirming
          secret={offered}
          onConfirmed={(told) => {
            setOffered(null);
            setCodes(told);
          }}
        />
      ) : data ? (
        <Beginning onOffered={setOffered} />
      ) : (
        <>
          <Alert error={error} />
          {!error && <Skeleton of="rows" />}
        </>
      )}
    </section>
  );
}

function Beginning({ onOffered }: { onOffered: (secret: TotpSecret) => void }) {
  const { t } = useTranslation();
  const [password, setPassword] = useState('');
  const [offer, { error, isLoading }] = useOfferSecondFactorMutation();
  const submit = async (event: SyntheticEvent) => {
    event.preventDefault();
    const { data } = await offer({ password });
    if (data) onOffered(data);
  };
  return (
    <form className="factor" noValidate onSubmit={(event) => void submit(event)}>
      <p>{t('factor.off')}</p>
      <PasswordField value={password} onChange={setPassword} />
      <Alert error={error} />
      <button
        type="submit"
        className="button button-primary button-wide"
        disabled={isLoading || password === ''}
      >
        {t('factor.setUp')}
      </button>
    </form>
  );
}

interface ConfirmingProps {
  secret: TotpSecret;
  onConfirmed: (codes: readonly string[]) => void;
}

function Confirming({ secret, onConfirmed }: ConfirmingProps) {
  const { t } = useTranslation();
  const [code, setCode] = useState('');
  const [confirm, { error, isLoading }] = useConfirmSecondFactorMutation();
  const submit = async (event: SyntheticEvent) => {
    event.preventDefault();
    const { data } = await confirm({ code });
    if (data) onConfirmed(data.recovery_codes);
  };
  return (
    <form className="factor" noValidate onSubmit={(event) => void submit(event)}>
      <p>{t('factor.scan')}</p>
      <div className="factor-qr">
        <QrCode text={secret.url} label={t('factor.qr')} />
      </div>
      <TextField
        label={t('factor.key')}
        dir="ltr"
        readOnly
        value={secret.secret.match(/.{1,4}/g)?.join(' ')}
        onFocus={(event) => event.target.select()}
      />
      <CodeField label={t('factor.code')} value={code} onChange={setCode} />
      <Alert error={error} />
      <button
        type="submit"
        className="button button-primary button-wide"
        disabled={isLoading || code.trim() === ''}
      >
        {t('factor.turnOn')}
      </button>
    </form>
  );
}

function Codes({ codes, onKept }: { codes: readonly string[]; onKept: () => void }) {
  const { t } = useTranslation();
  const [note, setNote] = useState<'factor.copied' | 'factor.notCopied' | null>(null);
  const copy = async () => {
    setNote((await copyText(codes.join('\n'))) ? 'factor.copied' : 'factor.notCopied');
  };
  return (
    <div className="factor">
      <p role="status">{t('factor.keep')}</p>
      <ul className="factor-codes" dir="ltr" aria-label={t('factor.codes')}>
        {codes.map((code) => (
          <li key={code}>{code}</li>
        ))}
      </ul>
      {note && (
        <p className="settings-done" role="status">
          {t(note)}
        </p>
      )}
      <button type="button" className="button button-quiet button-wide" onClick={() => void copy()}>
        {t('factor.copy')}
      </button>
      <button type="button" className="button button-primary button-wide" onClick={onKept}>
        {t('factor.kept')}
      </button>
    </div>
  );
}

function Ending({ left }: { left: number }) {
  const { t } = useTranslation();
  const [password, setPassword] = useState('');
  const [code, setCode] = useState('');
  const [end, { error, isLoading }] = useEndSecondFactorMutation();
  const submit = (event: SyntheticEvent) => {
    event.preventDefault();
    void end({ password, code });
  };
  return (
    <form className="factor" noValidate onSubmit={submit}>
      <p>{t('factor.on', { left })}</p>
      <PasswordField value={password} onChange={setPassword} />
      <CodeField label={t('factor.codeOrRecovery')} value={code} onChange={setCode} />
      <Alert error={error} />
      <button
        type="submit"
        className="button button-danger button-wide"
        disabled={isLoading || password === '' || code.trim() === ''}
      >
        {t('factor.turnOff')}
      </button>
    </form>
  );
}

interface FieldProps {
  value: string;
  onChange: (text: string) => void;
}

function PasswordField({ value, onChange }: FieldProps) {
  const { t } = useTranslation();
  return (
    <TextField
      label={t('factor.password')}
      type="password"
      autoComplete="current-password"
      required
      value={value}
      onChange={(event) => onChange(event.target.value)}
    />
  );
}

function CodeField({ label, value, onChange }: FieldProps & { label: string }) {
  return (
    <TextField
      label={label}
      autoComplete="one-time-code"
      autoCapitalize="none"
      autoCorrect="off"
      spellCheck={false}
      required
      value={value}
      onChange={(event) => onChange(event.target.value)}
    />
  );
}
