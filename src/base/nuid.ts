/**
 * NATS's unique ids: 22 characters of base 62, twelve random ones and ten that count up in random
 * steps. Ids of one generator sort as they were made, until the count runs over and the prefix
 * changes. Not secret.
 */
interface Randomness {
  below(n: number): number;
  bytes(n: number): Buffer;
}

const digits = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
const base = digits.length;
const prefixChars = 12;
const countChars = 10;
/** Well below what ten digits hold, and exact as a number. */
const countMax = 2 ** 51;
const stepMin = 33;
const stepMax = 333;

export class Nuid {
  private readonly random: Randomness;
  private prefix = '';
  private count = countMax;
  private step = stepMin;

  constructor(random: Randomness) {
    this.random = random;
  }

  next(): string {
    this.count += this.step;
    if (this.count >= countMax) this.restart();
    let rest = this.count;
    let text = '';
    for (let i = 0; i < countChars; i++) {
      text = digits[rest % base]! + text;
      rest = Math.floor(rest / base);
    }
    return this.prefix + text;
  }

  private restart(): void {
    this.prefix = Array.from(this.random.bytes(prefixChars), (byte) => digits[byte % base]).join(
      '',
    );
    this.count = this.random.below(2 ** 32) * 2 ** 19 + this.random.below(2 ** 19);
    this.step = stepMin + this.random.below(stepMax - stepMin);
  }
}
