interface Issued {
  user: { id: string };
  access_token: string;
}

/** The claims of a JWT; null if it is none. Nothing is verified: the server does that. */
function claimsOf(token: string): unknown {
  const part = token.split('.')[1];
  if (part === undefined) return null;
  try {
    const bytes = atob(part.replace(/-/g, '+').replace(/_/g, '/'));
    return JSON.parse(bytes);
  } catch {
    return null;
  }
}

/**
 * The session an access token belongs to. It names sessions between tabs and in storage, never
 * towards the server; a token that names none makes all sessions of its user one.
 */
export function sessionIdOf({ user, access_token }: Issued): string {
  const claims = claimsOf(access_token);
  const named = typeof claims === 'object' && claims !== null && 'sid' in claims;
  return named && typeof claims.sid === 'string' ? claims.sid : user.id;
}
