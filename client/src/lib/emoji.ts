/** One emoji: a flag, a key, or a picture with its modifiers and what is joined to it (UTS 51). */
const EMOJI =
  /\p{RI}\p{RI}|[0-9#*]\uFE0F?\u20E3|\p{Extended_Pictographic}(?:\uFE0F|\p{EMod}|[\u{E0020}-\u{E007F}])*(?:\u200D\p{Extended_Pictographic}(?:\uFE0F|\p{EMod})*)*/u;

const FEW = new RegExp(`^(?:${EMOJI.source}){1,3}$`, 'u');

/** Longer than three emoji of the longest kind. */
const FEW_MAX_CHARS = 120;

/** Whether a text is one to three emoji and nothing else: it is drawn large. */
export function isFewEmoji(text: string): boolean {
  return text.length <= FEW_MAX_CHARS && FEW.test(text.replaceAll(/\s/gu, ''));
}
