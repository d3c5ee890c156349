import { runJavaScript } from './javascript.ts';
import { interopSuite } from './suite.ts';

interopSuite('JavaScript', { run: runJavaScript });
