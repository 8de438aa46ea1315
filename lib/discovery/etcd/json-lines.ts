/** The most characters of a line: more than what etcd sends at once by far. */
const LONGEST_LINE = 64 * 1024 * 1024;

/**
 * Reads a stream of lines, each a value in JSON.
 *
 * @throws {SyntaxError} for a line that is no JSON; what the stream throws
 */
export async function* jsonLines(stream: AsyncIterable<Uint8Array>): AsyncGenerator {
  const decoder = new TextDecoder();
  let rest = '';
  for await (const bytes of stream) {
    const lines = (rest + decoder.decode(bytes, { stream: true })).split('\n');
    rest = lines.pop() as string;
    if (rest.length > LONGEST_LINE) {
      throw new SyntaxError(`a line is longer than ${LONGEST_LINE} characters`);
    }
    for (const line of lines) {
      if (line !== '') {
        yield JSON.parse(line);
      }
    }
  }
}
