// A thread that renders, one source at a time. Plain JavaScript, so that it runs unbuilt as well.
import { serveRenders } from '@sekisho/render-pool';

serveRenders();
