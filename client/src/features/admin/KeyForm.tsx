import { useEffect, useState, type SyntheticEvent } from 'react';
import { Alert } from '@/components/ui/Alert';
import { Mark } from '@/components/ui/Brand';
import { TextField } from '@/components/ui/TextField';
import { useAppDispatch, useAppSelector } from '@/store/hooks';
import { describeRefusal } from './health';
import { keyEntered, selectDashboard } from './slice';

export function KeyForm() {
  const dispatch = useAppDispatch();
  const { status, problem } = useAppSelector(selectDashboard);
  const [key, setKey] = useState('');
  const checking = status === 'connecting' || status === 'live';

  useEffect(() => {
    document.title = 'Rookery hub';
  }, []);

  const submit = (event: SyntheticEvent) => {
    event.preventDefault();
    dispatch(keyEntered(key.trim()));
  };

  return (
    <main className="admin admin-gate">
      <div className="admin-gate-card">
        <Mark size={56} />
        <h1>Rookery hub</h1>
        <p className="admin-gate-lead">Connections, deliveries and cores, live.</p>
        <form onSubmit={submit}>
          {/* No password field and no name: browsers would offer to store it. */}
          <TextField
            label="API key"
            className="secret"
            autoComplete="off"
            autoCapitalize="none"
            autoCorrect="off"
            spellCheck={false}
            required
            pattern="\s*[!-~]+\s*"
            title="Letters, digits and signs without blanks"
            value={key}
            onChange={(event) => setKey(event.target.value)}
            hint="The dashboard key, or any key that may read statistics. It stays in this tab's memory and is gone when you close or reload it."
          />
          <Alert error={problem ? describeRefusal(problem) : undefined} />
          <button type="submit" className="button button-primary button-wide" disabled={checking}>
            {checking ? 'Connecting…' : 'Watch the hub'}
          </button>
        </form>
      </div>
    </main>
  );
}
