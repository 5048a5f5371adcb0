/** The backend's routes for what people and groups show of themselves. */
import { http, type HttpResponseResolver } from 'msw';
import type { InfoChange, ProfileChange } from '@/api/types';
import type { Answer, Backend } from './backend';

/** `changing` makes a handler of what the test may have refused. */
export function profileHandlers(
  backend: Backend,
  changing: (answer: Answer) => HttpResponseResolver,
) {
  const own = () => ({ ...backend.account, about: backend.abouts.get(backend.account.id) ?? '' });
  const pictureOf = async (request: Request) => {
    if (request.method === 'DELETE') return null;
    const { attachment_id } = (await request.json()) as { attachment_id: string };
    return `picture-of-${attachment_id}`;
  };
  const change = changing(async (request) => {
    const { display_name = backend.account.display_name, about } =
      (await request.json()) as ProfileChange;
    backend.account = { ...backend.account, display_name };
    if (about !== undefined) backend.abouts.set(backend.account.id, about);
    return own();
  });
  const setOwnPicture = changing(async (request) => {
    backend.account = { ...backend.account, picture_id: await pictureOf(request) };
    return own();
  });
  const person = changing((request) => {
    const id = new URL(request.url).pathname.split('/').at(-1) ?? '';
    const known = [...backend.rooms.values()]
      .flatMap(({ conversation }) => conversation.members)
      .find((member) => member.id === id);
    return { ...known, about: backend.abouts.get(id) ?? '' };
  });
  const changeGroup = changing(async (request, id) => {
    backend.show((await request.json()) as InfoChange, id);
    return { ...backend.snapshot(id) };
  });
  const setGroupPicture = changing(async (request, id) => {
    backend.show({ picture_id: await pictureOf(request) }, id);
    return { ...backend.snapshot(id) };
  });
  return [
    http.get('*/api/v1/users/me', changing(own)),
    http.patch('*/api/v1/users/me', change),
    http.put('*/api/v1/users/me/picture', setOwnPicture),
    http.delete('*/api/v1/users/me/picture', setOwnPicture),
    http.get('*/api/v1/users/:user', person),
    http.patch('*/api/v1/conversations/:id', changeGroup),
    http.put('*/api/v1/conversations/:id/picture', setGroupPicture),
    http.delete('*/api/v1/conversations/:id/picture', setGroupPicture),
  ];
}
