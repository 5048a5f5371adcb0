function amount(count: number, one: string, many: string): string[] {
  if (count === 0) return [];
  return [count === 1 ? `1 ${one}` : `${count} ${many}`];
}

/** “2 unsent messages and 1 draft”; empty if there is nothing. */
export function unsentInWords(messages: number, drafts: number): string {
  return [
    ...amount(messages, 'unsent message', 'unsent messages'),
    ...amount(drafts, 'draft', 'drafts'),
  ].join(' and ');
}
