import { useTranslation } from 'react-i18next';
import { Icon } from '@/components/ui/Icon';
import { IconButton } from '@/components/ui/IconButton';
import { useAppSelector } from '@/store/hooks';
import { selectChat } from '@/store/selectors';
import { QuoteBlock } from './QuoteBlock';
import { quoteOf } from './timeline';

interface Props {
  conversationId: string;
  messageId: string;
  editing: boolean;
  onCancel: () => void;
}

/** Above the composer's field: the message that is answered or edited. */
export function ComposerBar({ conversationId, messageId, editing, onCancel }: Props) {
  const { t } = useTranslation();
  const chat = useAppSelector((state) => selectChat(state, conversationId));
  if (!chat) return null;
  return (
    <div
      className="composer-bar"
      role="group"
      aria-label={editing ? t('message.editing') : t('message.replying')}
      data-testid="composer-bar"
    >
      <Icon name={editing ? 'edit' : 'reply'} size={20} />
      <QuoteBlock quote={quoteOf(chat, messageId)} />
      <IconButton
        icon="close"
        label={editing ? t('message.cancelEdit') : t('message.cancelReply')}
        onClick={onCancel}
      />
    </div>
  );
}
