import type { ThunkAction, UnknownAction } from '@reduxjs/toolkit';
import { uploadPort, type Told } from '@/api/uploads';
import type { Attachment } from '@/api/types';
import { upload } from '@/delivery/upload';
import { uuidV7 } from '@/lib/uuid';
import { selectSelfId } from '@/model/session';
import type { RootState } from '@/store/rootReducer';

const nothing = () => undefined;

/** Sends a picture that no message carries: the core makes a face of it. */
export const uploadPicture =
  (picture: Blob): ThunkAction<Promise<Told<Attachment>>, RootState, undefined, UnknownAction> =>
  (dispatch, getState) => {
    const port = uploadPort({ dispatch, getState }, selectSelfId(getState()));
    const { size, type } = picture;
    const wanted = { client_upload_id: uuidV7(), name: 'picture.jpg', size, type };
    return upload(port, wanted, picture, { onBegun: nothing, onProgress: nothing });
  };
