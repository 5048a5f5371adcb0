import { useState } from 'react';
import { useLogoutMutation } from '@/api/auth';
import { PaneHeader } from '@/components/PaneHeader';
import { Alert } from '@/components/ui/Alert';
import { Avatar } from '@/components/ui/Avatar';
import { ConfirmDialog } from '@/components/ui/ConfirmDialog';
import { Icon } from '@/components/ui/Icon';
import { DESKTOP_INPUT, useMediaQuery } from '@/components/useMediaQuery';
import { APPLE } from '@/lib/keyboard';
import { nameOf } from '@/lib/names';
import { selectSelf } from '@/model/session';
import { themeChosen, type Theme } from '@/model/settings';
import { useAppDispatch, useAppSelector } from '@/store/hooks';
import { selectUnsent } from '@/store/selectors';
import { Privacy } from './Privacy';
import './settings.css';

const THEMES: { id: Theme; label: string }[] = [
  { id: 'system', label: 'System' },
  { id: 'light', label: 'Light' },
  { id: 'dark', label: 'Dark' },
];

const MODIFIERS = APPLE ? 'Control + Option' : 'Alt';

const SHORTCUTS = [
  [`${MODIFIERS} + N`, 'New chat'],
  [`${MODIFIERS} + ↑ / ↓`, 'Previous or next chat'],
  ['↑ / ↓', 'Move in the list of chats'],
  ['Enter', 'Send'],
  ['Shift + Enter', 'New line'],
  ['Esc', 'Close what is open'],
] as const;

export function Settings() {
  const dispatch = useAppDispatch();
  const self = useAppSelector(selectSelf);
  const theme = useAppSelector((state) => state.settings.theme);
  const unsent = useAppSelector(selectUnsent);
  const [logout, { error, isLoading }] = useLogoutMutation();
  const desktop = useMediaQuery(DESKTOP_INPUT);
  const [asking, setAsking] = useState(false);
  if (!self) return null;

  return (
    <>
      <PaneHeader title="Settings" />
      <div className="pane-body settings">
        <section className="settings-profile" aria-label="Profile">
          <Avatar id={self.id} name={nameOf(self)} size="large" />
          <p className="settings-name">
            <bdi>{nameOf(self)}</bdi>
          </p>
          <p className="person-handle">
            <bdi>@{self.handle}</bdi>
          </p>
        </section>
        <fieldset className="settings-card">
          <legend>
            <Icon name="moon" size={20} /> Appearance
          </legend>
          <div className="segments">
            {THEMES.map(({ id, label }) => (
              <label key={id} className="segment">
                <input
                  type="radio"
                  name="theme"
                  checked={theme === id}
                  onChange={() => dispatch(themeChosen(id))}
                />
                <span>{label}</span>
              </label>
            ))}
          </div>
        </fieldset>
        <Privacy />
        {desktop && (
          <section className="settings-card" aria-label="Keyboard shortcuts">
            <h2>Keyboard shortcuts</h2>
            <dl className="shortcuts">
              {SHORTCUTS.map(([keys, action]) => (
                <div key={keys}>
                  <dt>{action}</dt>
                  <dd>
                    <kbd>{keys}</kbd>
                  </dd>
                </div>
              ))}
            </dl>
          </section>
        )}
        <Alert error={error} />
        <button
          type="button"
          className="button button-danger button-wide"
          disabled={isLoading}
          onClick={() => (unsent === '' ? void logout() : setAsking(true))}
        >
          Log out
        </button>
        <p className="field-hint settings-note">
          Logging out removes all chats from this device. They stay on the server.
        </p>
      </div>
      {asking && (
        <ConfirmDialog
          title="Log out?"
          confirm="Log out anyway"
          onClose={() => setAsking(false)}
          onConfirm={() => {
            setAsking(false);
            void logout();
          }}
        >
          <p>This would be lost: {unsent}.</p>
        </ConfirmDialog>
      )}
    </>
  );
}
