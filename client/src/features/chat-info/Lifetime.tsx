import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useSetLifetimeMutation } from '@/api/disappearing';
import { ActionSheet } from '@/components/ui/ActionSheet';
import { Alert } from '@/components/ui/Alert';
import { LIFETIMES_S, lifetimeText } from '@/lib/lifetime';
import type { Chat } from '@/model/chats/types';
import { InfoAction } from './InfoAction';

/** How long the messages of a chat are kept, and choosing it where the user may. */
export function Lifetime({ chat, mayChoose }: { chat: Chat; mayChoose: boolean }) {
  const { t } = useTranslation();
  const [choosing, setChoosing] = useState(false);
  const [set, { error, isLoading }] = useSetLifetimeMutation();
  return (
    <>
      <InfoAction
        icon="clock"
        label={t('disappearing.are', { time: lifetimeText(chat.disappearS) })}
        disabled={!mayChoose || isLoading}
        onClick={() => setChoosing(true)}
      />
      <Alert error={error} />
      {choosing && (
        <ActionSheet
          title={t('disappearing.title')}
          top={<p className="field-hint">{t('disappearing.text')}</p>}
          actions={LIFETIMES_S.map((seconds) => ({
            label: lifetimeText(seconds),
            icon: (chat.disappearS ?? 0) === seconds ? 'check' : 'clock',
            run: () => void set({ conversationId: chat.id, seconds }),
          }))}
          onClose={() => setChoosing(false)}
        />
      )}
    </>
  );
}
