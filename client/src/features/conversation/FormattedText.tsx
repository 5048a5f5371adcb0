import { Fragment, use, useMemo, useState, type ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { beginningOf, blocksOf, type Atom, type Block, type Inline } from '@/lib/formatting';
import { selectSelfId } from '@/model/session';
import { useAppSelector } from '@/store/hooks';
import { MessageContext } from './messageContext';

interface Props {
  text: string;
  /** Links and mentions, in the order of the text. */
  atoms: Atom[];
  /** What the message is remembered by once all of it is shown. */
  expansionKey: string;
}

/** About twenty lines on a phone; of what is longer the beginning is shown at first. */
const SHOWN_FIRST = 800;
/** What is only a little longer is shown whole. */
const SHOWN_WHOLE = 1_000;

/** A message's text with its marks drawn. */
export function FormattedText({ text, atoms, expansionKey }: Props) {
  const { t } = useTranslation();
  const { expanded } = use(MessageContext);
  const [whole, setWhole] = useState(() => expanded.has(expansionKey));
  const blocks = useMemo(() => blocksOf(text, atoms), [text, atoms]);
  const long = text.length > SHOWN_WHOLE;
  const shown = useMemo(
    () => (long && !whole ? beginningOf(blocks, SHOWN_FIRST) : blocks),
    [blocks, long, whole],
  );
  return (
    <>
      {shown.map((block, index) => (
        <TextBlock key={index} block={block} />
      ))}
      {long && !whole && (
        <>
          {'… '}
          <button
            type="button"
            className="text-more"
            onClick={() => {
              expanded.add(expansionKey);
              setWhole(true);
            }}
          >
            {t('message.readMore')}
          </button>
        </>
      )}
    </>
  );
}

function TextBlock({ block }: { block: Block }): ReactNode {
  switch (block.type) {
    case 'lines':
      return <InlineText parts={block.children} />;
    case 'quote':
      return (
        <blockquote className="text-quote">
          <InlineText parts={block.children} />
        </blockquote>
      );
    case 'code':
      return (
        // Programs read from left to right.
        <pre className="text-code" dir="ltr">
          <code>{block.text}</code>
        </pre>
      );
    case 'list': {
      const items = block.items.map(({ number, children }, index) => (
        <li key={index} value={block.numbered ? number : undefined}>
          <InlineText parts={children} />
        </li>
      ));
      return block.numbered ? (
        <ol className="text-list">{items}</ol>
      ) : (
        <ul className="text-list text-bullets">{items}</ul>
      );
    }
  }
}

function InlineText({ parts }: { parts: Inline[] }): ReactNode {
  return parts.map((part, index) => (
    <Fragment key={index}>
      <InlinePart part={part} />
    </Fragment>
  ));
}

function InlinePart({ part }: { part: Inline }): ReactNode {
  switch (part.type) {
    case 'text':
      return part.text;
    case 'code':
      return <code>{part.text}</code>;
    case 'bold':
      return (
        <strong>
          <InlineText parts={part.children} />
        </strong>
      );
    case 'italic':
      return (
        <em>
          <InlineText parts={part.children} />
        </em>
      );
    case 'struck':
      return (
        <s>
          <InlineText parts={part.children} />
        </s>
      );
    case 'atom':
      return <AtomText atom={part.atom} />;
  }
}

function AtomText({ atom: { text, href, userId } }: { atom: Atom }): ReactNode {
  const { showPerson } = use(MessageContext);
  const selfId = useAppSelector(selectSelfId);
  if (href !== undefined) {
    return (
      // An address reads from left to right also in a text that does not.
      <a href={href} dir="ltr" target="_blank" rel="noopener noreferrer">
        {text}
      </a>
    );
  }
  if (userId === undefined) return text;
  if (userId === selfId) return <span className="mention mention-self">{text}</span>;
  return (
    <button type="button" className="mention" onClick={() => showPerson(userId)}>
      {text}
    </button>
  );
}
