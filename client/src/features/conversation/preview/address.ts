/** Where a link leads that people write with or without its scheme. */
export function hrefOf(address: string): string {
  return /^https?:\/\//iu.test(address) ? address : `https://${address}`;
}

/** Whose page it is, as the name servers know it: nothing in it can deceive. */
export function hostOf(address: string): string {
  try {
    return new URL(hrefOf(address)).hostname.replace(/^www\./u, '');
  } catch {
    return '';
  }
}
