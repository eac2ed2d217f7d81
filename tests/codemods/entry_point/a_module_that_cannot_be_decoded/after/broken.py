# -*- coding: no-such-encoding -*-
limit = 3
