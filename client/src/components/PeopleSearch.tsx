import { useMemo, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useSearchUsersQuery } from '@/api/chats';
import type { User } from '@/api/types';
import { matches } from '@/lib/fold';
import { isolated, nameOf } from '@/lib/names';
import { selectSelfId } from '@/model/session';
import { useAppSelector } from '@/store/hooks';
import { selectPeople } from '@/store/selectors';
import { Alert } from './ui/Alert';
import { Avatar } from './ui/Avatar';
import { EmptyState } from './ui/EmptyState';
import { Icon } from './ui/Icon';
import { Name } from './ui/Name';
import { SearchField } from './ui/SearchField';
import { Skeleton } from './ui/Skeleton';
import { useSettled } from './useSettled';

interface Props {
  onPick: (user: User) => void;
  /** People who cannot be picked, with the reason shown beside the name. */
  excluded?: ReadonlyMap<string, string>;
  /** People who are picked: picking them again takes them out. */
  picked?: ReadonlySet<string>;
  busy?: boolean;
  /** The user stands before the others, for what they write to themselves. */
  withSelf?: boolean;
}

/** A pause in typing after which the server is asked. */
const PAUSE_MS = 200;
/** More known people than these do not help: the search goes on being typed. */
const KNOWN_SHOWN = 20;

/** Finds people by name or handle: those known on this device at once, then those the server finds. */
export function PeopleSearch({ onPick, excluded, picked, busy = false, withSelf = false }: Props) {
  const { t } = useTranslation();
  const [text, setText] = useState('');
  const query = text.trim().replace(/^@/, '');
  const asked = useSettled(query, PAUSE_MS);
  const { data, error, isFetching } = useSearchUsersQuery(asked, { skip: asked === '' });
  const searching = isFetching || asked !== query;
  const people = useAppSelector(selectPeople);
  const selfId = useAppSelector(selectSelfId);
  const self = useAppSelector((state) => (withSelf ? state.session.user : null));
  const users = useMemo(() => {
    const isMeant = (user: User) => matches(`${nameOf(user)} ${user.handle}`, query);
    const own = self && (query === '' || isMeant(self)) ? [self] : [];
    if (query === '') return own;
    const known = Object.values(people)
      .filter((user) => user.id !== selfId && isMeant(user))
      .slice(0, KNOWN_SHOWN);
    const ids = new Set(known.map((user) => user.id));
    // Until the server answers, what it found last is shown as far as it still fits.
    const found = (data?.users ?? []).filter((user) => !searching || isMeant(user));
    return [...own, ...known, ...found.filter((user) => !ids.has(user.id))];
  }, [people, selfId, self, query, searching, data]);

  return (
    <div className="people-search">
      <SearchField label={t('people.search')} value={text} onChange={setText} focused />
      <Alert error={error} />
      <ul className="people" aria-label={t('people.found')} aria-busy={searching}>
        {users.map((user) => {
          const reason = excluded?.get(user.id);
          const isPicked = picked?.has(user.id) ?? false;
          const name = nameOf(user);
          const [title, line] =
            user.id === selfId
              ? [t('chats.own', { name: isolated(name) }), t('conversation.own')]
              : [name, reason ?? `@${user.handle}`];
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
                <Avatar id={user.id} name={name} picture={user.picture_id} />
                <span className="person-names">
                  <span className="person-name">
                    <Name name={title} />
                  </span>
                  <span className="person-handle">
                    <bdi>{line}</bdi>
                  </span>
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
        <EmptyState picture="search" title={t('people.find')} text={t('people.findText')} />
      )}
      {query !== '' && !searching && !error && users.length === 0 && (
        <EmptyState
          picture="people"
          title={t('people.nobody')}
          text={t('people.nobodyText', { query: isolated(query) })}
        >
          <button type="button" className="button button-quiet" onClick={() => setText('')}>
            {t('common.clearSearch')}
          </button>
        </EmptyState>
      )}
      {searching && users.length === 0 && <Skeleton of="rows" />}
    </div>
  );
}
