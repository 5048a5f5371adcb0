import type { User } from '@/api/types';
import { t } from '@/i18n/i18n';
import { lifetimeText } from '@/lib/lifetime';
import { isolated, nameOf } from '@/lib/names';
import type { Notice } from '@/model/chats/types';

/** What happened to the group, as a sentence from the reader's side. */
export function noticeText(notice: Notice, people: Record<string, User>, selfId: string): string {
  const by = isolated(nameOf(people[notice.by]));
  const whom = isolated(nameOf(people[notice.userId]));
  const byMe = notice.by === selfId;
  const aboutMe = notice.userId === selfId;
  switch (notice.kind) {
    case 'added':
      if (notice.by === notice.userId) {
        return byMe ? t('notice.youJoined') : t('notice.joined', { by });
      }
      if (byMe) return t('notice.youAdded', { whom });
      return aboutMe ? t('notice.addedYou', { by }) : t('notice.added', { by, whom });
    case 'removed':
      if (notice.by === notice.userId) return byMe ? t('notice.youLeft') : t('notice.left', { by });
      if (byMe) return t('notice.youRemoved', { whom });
      return aboutMe ? t('notice.removedYou', { by }) : t('notice.removed', { by, whom });
    case 'owner':
      return aboutMe ? t('notice.youOwner') : t('notice.owner', { whom });
    case 'admin':
      if (byMe) return t('notice.youAdmin', { whom });
      return aboutMe ? t('notice.adminYou', { by }) : t('notice.admin', { by, whom });
    case 'title': {
      const title = isolated(notice.title ?? '');
      return byMe ? t('notice.youTitle', { title }) : t('notice.title', { by, title });
    }
    case 'description':
      return byMe ? t('notice.youDescription') : t('notice.description', { by });
    case 'picture':
      return byMe ? t('notice.youPicture') : t('notice.picture', { by });
    case 'noPicture':
      return byMe ? t('notice.youNoPicture') : t('notice.noPicture', { by });
    case 'disappearing': {
      if (notice.seconds == null) {
        return byMe ? t('notice.youKept') : t('notice.kept', { by });
      }
      const time = lifetimeText(notice.seconds);
      return byMe ? t('notice.youDisappearing', { time }) : t('notice.disappearing', { by, time });
    }
    case 'member':
      if (byMe) return t('notice.youDismissed', { whom });
      return aboutMe ? t('notice.dismissedYou', { by }) : t('notice.dismissed', { by, whom });
  }
}
