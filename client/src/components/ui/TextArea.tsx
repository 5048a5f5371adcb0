import { useId, type TextareaHTMLAttributes } from 'react';
import { fieldDirection } from '@/lib/direction';

interface Props extends TextareaHTMLAttributes<HTMLTextAreaElement> {
  label: string;
}

/** A field for a few lines. */
export function TextArea({ label, ...rest }: Props) {
  const id = useId();
  return (
    <div className="field">
      <label htmlFor={id}>{label}</label>
      <textarea id={id} rows={3} dir={fieldDirection(rest.value)} {...rest} />
    </div>
  );
}
