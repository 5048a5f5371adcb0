import { Link } from 'react-router';
import { usePrivacyQuery, useSetPrivacyMutation } from '@/api/contacts';
import type { WhoMayAdd } from '@/api/types';
import { Alert } from '@/components/ui/Alert';
import { Icon } from '@/components/ui/Icon';

const CHOICES: { id: WhoMayAdd; label: string }[] = [
  { id: 'everybody', label: 'Everybody' },
  { id: 'contacts', label: 'Contacts' },
  { id: 'nobody', label: 'Nobody' },
];

const MEANINGS: Record<WhoMayAdd, string> = {
  everybody: 'Everybody whom you have not blocked.',
  contacts: 'People you have a chat with that both of you have accepted.',
  nobody: 'Others can only ask you in a message.',
};

/** Who may do what with the user; it holds on all their devices. */
export function Privacy() {
  const { data, error } = usePrivacyQuery();
  const [choose, { error: refusal, isLoading }] = useSetPrivacyMutation();
  return (
    <>
      <fieldset className="settings-card" disabled={!data || isLoading}>
        <legend>
          <Icon name="group" size={20} /> Who can add me to groups
        </legend>
        <div className="segments">
          {CHOICES.map(({ id, label }) => (
            <label key={id} className="segment">
              <input
                type="radio"
                name="who-may-add"
                checked={data?.who_may_add === id}
                onChange={() => void choose({ who_may_add: id })}
              />
              <span>{label}</span>
            </label>
          ))}
        </div>
        {data && <p className="field-hint settings-meaning">{MEANINGS[data.who_may_add]}</p>}
        <Alert error={refusal ?? error} />
      </fieldset>
      <Link className="settings-card settings-link" to="/settings/blocked">
        <Icon name="block" size={20} />
        Blocked people
      </Link>
    </>
  );
}
