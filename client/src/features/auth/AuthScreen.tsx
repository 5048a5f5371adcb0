import { useEffect, useRef, useState, type SyntheticEvent } from 'react';
import { Link } from 'wouter';
import { useTranslation } from 'react-i18next';
import { useClientConfigQuery, useLoginMutation, useRegisterMutation } from '@/api/auth';
import { hasCode, isProblem } from '@/api/problem';
import type { Credentials } from '@/api/types';
import { LeftWorkNotice } from '@/components/DeviceNotices';
import { arrivedWith } from '@/components/navigation';
import { Alert } from '@/components/ui/Alert';
import { Mark } from '@/components/ui/Brand';
import { TextField } from '@/components/ui/TextField';
import './auth.css';

/** The core's own rules, told before the server has to refuse. */
const PASSWORD_MIN_CHARS = 8;

export function AuthScreen({ mode }: { mode: 'login' | 'register' }) {
  const { t } = useTranslation();
  const [handle, setHandle] = useState('');
  const [displayName, setDisplayName] = useState('');
  const [password, setPassword] = useState('');
  const [code, setCode] = useState('');
  /** Whose account asks for a code besides the password. */
  const [asking, setAsking] = useState<string | null>(null);
  const form = useRef<HTMLFormElement>(null);
  // Where the person wanted to go goes along to the other form.
  const state = arrivedWith();
  const { data: config } = useClientConfigQuery();
  const [login, loginState] = useLoginMutation();
  const [register, registerState] = useRegisterMutation();
  const registering = mode === 'register';
  const [fault, setFault] = useState<Fault>();
  const { error, isLoading } = registering ? registerState : loginState;
  const asksForCode = !registering && asking === handle;
  const closed = config?.sign_up_open === false;

  const submit = (event: SyntheticEvent) => {
    event.preventDefault();
    const given = { handle, displayName, password, ...(asksForCode && { code }) };
    const found = faultOf(given, registering);
    setFault(found);
    if (found !== undefined) return;
    const credentials = { handle: handle.trim().replace(/^@/, ''), password };
    if (registering) void register({ ...credentials, display_name: displayName.trim() });
    else void signIn({ ...credentials, ...(asksForCode && { code }) });
  };

  const signIn = async (credentials: Credentials) => {
    const { error } = await login(credentials);
    if (error && isProblem(error) && hasCode(error, 'second_factor_required')) setAsking(handle);
  };

  useEffect(() => {
    if (asksForCode) form.current?.querySelector<HTMLInputElement>('[name=code]')?.focus();
  }, [asksForCode]);

  // The question is no refusal.
  const isAsked = isProblem(error) && hasCode(error, 'second_factor_required');
  const refusal = isAsked ? undefined : error;

  return (
    <main className="auth">
      <div className="auth-card">
        <Mark size={64} />
        <h1>{registering ? t('auth.join') : t('auth.welcome')}</h1>
        <p className="auth-lead">{t('app.lead')}</p>
        <LeftWorkNotice />
        {/* The browser's own words would be in the browser's language. */}
        <form ref={form} noValidate onSubmit={submit}>
          <TextField
            label={t('auth.handle')}
            name="handle"
            autoComplete="username"
            autoCapitalize="none"
            autoCorrect="off"
            spellCheck={false}
            required
            maxLength={config?.limits.handle_max_chars}
            value={handle}
            onChange={(event) => setHandle(event.target.value)}
            {...(registering && { hint: t('auth.handleHint') })}
          />
          {registering && (
            <TextField
              label={t('auth.displayName')}
              name="display_name"
              autoComplete="name"
              required
              maxLength={64}
              value={displayName}
              onChange={(event) => setDisplayName(event.target.value)}
            />
          )}
          <TextField
            label={t('auth.password')}
            name="password"
            type="password"
            autoComplete={registering ? 'new-password' : 'current-password'}
            required
            value={password}
            onChange={(event) => setPassword(event.target.value)}
            {...(registering && { hint: t('auth.passwordHint', { count: PASSWORD_MIN_CHARS }) })}
          />
          {asksForCode && (
            <TextField
              label={t('auth.code')}
              name="code"
              autoComplete="one-time-code"
              autoCapitalize="none"
              autoCorrect="off"
              spellCheck={false}
              required
              hint={t('auth.codeHint')}
              value={code}
              onChange={(event) => setCode(event.target.value)}
            />
          )}
          <Alert error={fault ? t(fault, { count: PASSWORD_MIN_CHARS }) : refusal} />
          <button type="submit" className="button button-primary button-wide" disabled={isLoading}>
            {registering ? t('auth.createAccount') : t('auth.signIn')}
          </button>
        </form>
        {registering ? (
          <p className="auth-switch">
            {t('auth.alreadyHere')}{' '}
            <Link to="/login" state={state}>
              {t('auth.signIn')}
            </Link>
          </p>
        ) : (
          !closed && (
            <p className="auth-switch">
              {t('auth.newHere')}{' '}
              <Link to="/register" state={state}>
                {t('auth.createAnAccount')}
              </Link>
            </p>
          )
        )}
      </div>
    </main>
  );
}

interface Form {
  handle: string;
  displayName: string;
  password: string;
  /** Where one is asked for. */
  code?: string;
}

type Fault =
  | 'auth.enterCode'
  | 'auth.enterHandle'
  | 'auth.enterName'
  | 'auth.enterPassword'
  | 'auth.passwordShort';

/** What is missing in the form, or too short; undefined if it can be sent. */
function faultOf(form: Form, registering: boolean): Fault | undefined {
  if (form.handle.trim() === '') return 'auth.enterHandle';
  if (registering && form.displayName.trim() === '') return 'auth.enterName';
  if (form.password === '') return 'auth.enterPassword';
  if (registering && Array.from(form.password).length < PASSWORD_MIN_CHARS) {
    return 'auth.passwordShort';
  }
  if (form.code?.trim() === '') return 'auth.enterCode';
  return undefined;
}
