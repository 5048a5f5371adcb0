import { HttpResponse } from 'msw';

/** A refusal as the core and the hub write it. */
export const problem = (status: number, code: string) =>
  HttpResponse.json({ status, code, title: code, detail: code }, { status });
