import { useId, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { FoundKind } from '@/api/search';
import { PaneHeader } from '@/components/PaneHeader';
import { SearchField } from '@/components/ui/SearchField';
import { useOpenChat } from '@/components/useOpenChat';
import { wordsOf } from '@/lib/found';
import { nameOf } from '@/lib/names';
import { selectSelfId } from '@/model/session';
import { useAppSelector } from '@/store/hooks';
import { selectChat, selectPeople } from '@/store/selectors';
import { FoundMessages } from './FoundMessages';
import './search.css';

const KINDS = ['link', 'picture', 'video', 'voice', 'file'] as const satisfies FoundKind[];

/** The beginning of a day that a date field names, or of one so many days later, as the server wants it. */
function dayAt(day: string, later = 0): string | undefined {
  if (day === '') return undefined;
  const at = new Date(`${day}T00:00:00`);
  at.setDate(at.getDate() + later);
  return Number.isNaN(at.getTime()) ? undefined : at.toISOString();
}

/** Finds messages of one chat by their words, of one person, of one kind or of a time. */
export function ChatSearch({ id }: { id: string }) {
  const { t } = useTranslation();
  const chat = useAppSelector((state) => selectChat(state, id));
  const people = useAppSelector(selectPeople);
  const selfId = useAppSelector(selectSelfId);
  const [search, setSearch] = useState('');
  const [kind, setKind] = useState<FoundKind | ''>('');
  const [senderId, setSenderId] = useState('');
  const [firstDay, setFirstDay] = useState('');
  const [lastDay, setLastDay] = useState('');
  const fields = useId();
  useOpenChat(id);
  const members = chat?.memberIds ?? [];
  return (
    <>
      <PaneHeader title={t('search.inChat')} backTo={`/chats/${id}`} />
      <div className="pane-body" data-testid="chat-search">
        <SearchField label={t('search.field')} value={search} onChange={setSearch} focused />
        <div className="chat-search-filters">
          <span className="chat-search-filter">
            <label htmlFor={`${fields}-kind`}>{t('search.kind')}</label>
            <select
              id={`${fields}-kind`}
              value={kind}
              onChange={({ target }) => setKind(target.value as FoundKind | '')}
            >
              <option value="">{t('search.all')}</option>
              {KINDS.map((one) => (
                <option key={one} value={one}>
                  {t(`search.kinds.${one}`)}
                </option>
              ))}
            </select>
          </span>
          {members.length > 0 && (
            <span className="chat-search-filter">
              <label htmlFor={`${fields}-from`}>{t('search.from')}</label>
              <select
                id={`${fields}-from`}
                value={senderId}
                onChange={({ target }) => setSenderId(target.value)}
              >
                <option value="">{t('search.anybody')}</option>
                {members.map((member) => (
                  <option key={member} value={member}>
                    {member === selfId ? t('common.you') : nameOf(people[member])}
                  </option>
                ))}
              </select>
            </span>
          )}
          <span className="chat-search-filter">
            <label htmlFor={`${fields}-since`}>{t('search.since')}</label>
            <input
              id={`${fields}-since`}
              type="date"
              value={firstDay}
              max={lastDay || undefined}
              onChange={({ target }) => setFirstDay(target.value)}
            />
          </span>
          <span className="chat-search-filter">
            <label htmlFor={`${fields}-until`}>{t('search.until')}</label>
            <input
              id={`${fields}-until`}
              type="date"
              value={lastDay}
              min={firstDay || undefined}
              onChange={({ target }) => setLastDay(target.value)}
            />
          </span>
        </div>
        {wordsOf(search).length === 0 && <p className="found-none">{t('search.hint')}</p>}
        <FoundMessages
          wanted={{
            q: search,
            conversationId: id,
            senderId: senderId || undefined,
            kind: kind || undefined,
            from: dayAt(firstDay),
            until: dayAt(lastDay, 1),
          }}
        />
      </div>
    </>
  );
}
