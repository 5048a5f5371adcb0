import { LargeFace } from '@/components/picture/LargeFace';
import { Avatar } from '@/components/ui/Avatar';
import { nameOf } from '@/lib/names';
import { selectSelf } from '@/model/session';
import { useAppSelector } from '@/store/hooks';
import { selectPeople } from '@/store/selectors';

interface Props {
  id: string;
  size: 'run' | 'header';
  colour: number;
}

/** The face of whoever wrote a message, the user among them. */
export function SenderFace({ id, size, colour }: Props) {
  const self = useAppSelector(selectSelf);
  const sender = useAppSelector((state) => selectPeople(state)[id]);
  const user = self?.id === id ? self : sender;
  const face = { id, name: nameOf(user), picture: user?.picture_id, colour };
  // A chat has many of them: by keyboard its info leads to each.
  if (size === 'run') return <LargeFace face={face} size="run" aside />;
  return <Avatar {...face} size={size} />;
}
