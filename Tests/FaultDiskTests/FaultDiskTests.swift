import CFaultDisk
import Testing
