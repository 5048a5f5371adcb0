import { useDeferredValue, useState } from 'react';
import { useSearchUsersQuery } from '@/api/chats';
import type { User } from '@/api/types';
import { Alert } from './ui/Alert';
import { Avatar } from './ui/Avatar';
import { EmptyState } from './ui/EmptyState';
import { Icon } from './ui/Icon';
import { SearchField } from './ui/SearchField';

interface Props {
  onPick: (user: User) => void;
  /** People who cannot be picked, with the reason shown beside the name. */
  excluded?: ReadonlyMap<string, string>;
  /** People who are picked: picking them again takes them out. */
  picked?: ReadonlySet<string>;
  busy?: boolean;
}

/** Finds people by the start of their handle. */
export function PeopleSearch({ onPick, excluded, picked, busy = false }: Props) {
  const [text, setText] = useState('');
  const query = useDeferredValue(text.trim().replace(/^@/, ''));
  const { currentData, error, isFetching } = useSearchUsersQuery(query, { skip: query === '' });
  const users = currentData?.users ?? [];

  return (
    <div className="people-search">
      <SearchField label="Search by handle" value={text} onChange={setText} focused />
      <Alert error={error} />
      <ul className="people" aria-label="People found" aria-busy={isFetching}>
        {users.map((user) => {
          const reason = excluded?.get(user.id);
          const isPicked = picked?.has(user.id) ?? false;
          return (
            <li key={user.id}>
              <button
                type="button"
                className="person-row"
                data-testid="person"
                data-handle={user.handle}
                disabled={busy || reason !== undefined}
                aria-pressed={picked ? isPicked : undefined}
                onClick={() => onPick(user)}
              >
                <Avatar id={user.id} name={user.display_name} />
                <span className="person-names">
                  <span className="person-name">{user.display_name}</span>
                  <span className="person-handle">{reason ?? `@${user.handle}`}</span>
                </span>
                {isPicked && (
                  <span className="person-picked">
                    <Icon name="check" size={18} />
                  </span>
                )}
              </button>
            </li>
          );
        })}
      </ul>
      {query === '' && (
        <EmptyState icon="search" title="Find people">
          <p>Type the beginning of a handle, for example the one a friend told you.</p>
        </EmptyState>
      )}
      {query !== '' && !isFetching && !error && users.length === 0 && (
        <EmptyState icon="person" title="Nobody found">
          <p>No handle begins with “{query}”.</p>
        </EmptyState>
      )}
    </div>
  );
}
