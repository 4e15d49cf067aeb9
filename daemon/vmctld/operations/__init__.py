"""For operators: does anything lie about that belongs to nobody, and is the installation sound?"""
