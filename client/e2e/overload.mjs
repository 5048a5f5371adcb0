/** `npm run overload`: a minute of more than the hub can write; see `lib/overload.mjs`. */
import { assertHeld, overload } from './lib/overload.mjs';

const numbers = await overload({ seconds: 60, perSecond: 400 });
console.log(numbers);
assertHeld(numbers);
