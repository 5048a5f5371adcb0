/** `npm run overload`: a minute of more than the hub can write; see `lib/overload.mjs`. */
import { assertHeld, overload } from './lib/overload.mjs';

const numbers = await overload({ seconds: 60, perSecond: 500, crowd: 5_000, smallRooms: 1_000 });
console.log(numbers);
assertHeld(numbers);
